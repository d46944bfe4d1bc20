"""How long generated examples may take: that a machine is busy is no fault of what is tried."""

from hypothesis import HealthCheck, settings


def be_patient() -> None:
    """For all tests of this process that say nothing else; whatever else holds for them stays."""
    now = settings()
    patient = settings(
        now, deadline=None, suppress_health_check={*now.suppress_health_check, HealthCheck.too_slow}
    )
    settings.register_profile("patient", patient)
    settings.load_profile("patient")
