select * exclude (is_test, is_complete)
from {{ source('raw', 'merged_sessions') }}
where is_complete and not is_test
