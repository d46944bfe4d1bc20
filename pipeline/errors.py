"""Refusals of the pipeline: each says what happened, where, and what to do. The command line shows them as they are."""


class PipelineError(Exception):
    """A refusal a person can act on; nothing was changed by the step that raised it."""


class LandingMissingError(PipelineError):
    """The landing directory is not there or cannot be read."""


class AlreadyRunningError(PipelineError):
    """Another build holds the pipeline's lock."""


class UnreadableError(PipelineError):
    """A file that cannot be read at all; it is set aside whole."""


class NotPublishedError(PipelineError):
    """A check refused the new snapshot; the one before goes on serving."""
