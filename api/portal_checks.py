"""Whether what was sent makes a sound portal of its customer: the metrics there are, the password, the rest."""

from collections.abc import Sequence

from sqlalchemy import Connection

from api.errors import FieldFault, InvalidFields
from api.scope import reader_of
from api.services import Services
from core.metric_info import finder_of_all
from core.portals.check import check_portal
from core.portals.definition import PortalDefinition
from core.portals.faults import Code, Fault
from core.portals.passwords import check_password, hash_password
from core.store.control.custom_metrics import usable_definitions


def hashed_password(password: str | None) -> str | None:
    """Outside of the transaction, because it takes its time; a text that can be no password is told later."""
    if password is None or _password_reason(password) is not None:
        return None
    return hash_password(password)


def _password_reason(password: str) -> str | None:
    try:
        check_password(password)
    except ValueError as reason:
        return str(reason)
    return None


def sound_portal(
    services: Services,
    connection: Connection,
    definition: PortalDefinition,
    *,
    sees: str | None,
    password: str | None,
    has_password: bool,
    before: PortalDefinition | None = None,
) -> PortalDefinition:
    """The configuration as it is kept; InvalidFields names everything that is wrong with it. Whoever `sees` one
    customer only may show business results of theirs; who sees everybody (None) also those that this customer is yet
    to have."""
    customer_id = definition.customer_id
    checked = check_portal(
        definition,
        find_metric=finder_of_all(
            lambda: reader_of(services, sees), usable_definitions(connection, customer_id)
        ),
        reach=services.reach,
        accepted=before.metric_ids if before else (),
    )
    faults = [*checked.faults, *_password_faults(definition, password, has_password=has_password)]
    if faults:
        raise InvalidFields([FieldFault(fault.param, fault.message, fault.code.value) for fault in faults])
    return checked.definition


def _password_faults(
    definition: PortalDefinition, password: str | None, *, has_password: bool
) -> Sequence[Fault]:
    reason = None if password is None else _password_reason(password)
    if reason is None and definition.access.password_protected and not has_password:
        reason = "is required where password_protected is true"
    return [] if reason is None else [Fault(Code.INVALID_PARAMETER, reason, "access.password")]
