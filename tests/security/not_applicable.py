"""Hostile inputs that nothing here could be given, each with its reason. Whatever is in no test must be in this table."""

REASONS: dict[str, str] = {}
# Entries that a test of the part itself takes, where the part is tested: id, and the test's place.
ELSEWHERE: dict[str, str] = {
    "FILE-014": "tests/core/store/test_control.py::test_a_writer_waits_for_a_lock_and_then_says_that_it_cannot",
    "FILE-015": "tests/site_build/test_sites.py::test_a_reader_sees_old_files_or_new_ones",
}
