"""Hostile inputs that nothing here could be given, each with its reason; what is in no test must be in this table."""

REASONS: dict[str, str] = {
    "FILE-017": "No run reads what another one parsed: the models are parsed anew each time, so there is no file"
    " to corrupt",
    "FILE-018": "The orchestrator's own store decides nothing here: what is due and what was sent is the control"
    " store's, and a run that it forgot is found due again, once",
}
# Entries that a test of the part itself takes, where the part is tested: id, and the test's place.
ELSEWHERE: dict[str, str] = {
    "FILE-014": "tests/core/store/test_control.py::test_a_writer_waits_for_a_lock_and_then_says_that_it_cannot",
    "RACE-005": "tests/pipeline/test_erasure.py::test_a_build_that_runs_while_somebody_is_erased_is_not_published",
    "RACE-007": "tests/core/delivery/test_webhook_delivery.py::test_two_drainers_at_once_send_everything_once",
    "FILE-015": "tests/site_build/test_sites.py::test_a_reader_sees_old_files_or_new_ones",
}
