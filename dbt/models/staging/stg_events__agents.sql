select * exclude (file_id, extra, source_system, record_version)
from {{ source('raw', 'agents') }}
-- One entity may come from several sources; the newest word on it stands.
qualify row_number() over (
    partition by agent_id order by record_version desc, source_system desc
) = 1
