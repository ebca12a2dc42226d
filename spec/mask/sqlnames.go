package mask

import "regexp"

// refused are functions that read or change more than the row, and are never allowed: files, sessions, sequences,
// other statements. set_config could replace the key. A test holds the lists of this file against what a server has.
var refused = regexp.MustCompile(`^(pg_|lo_|loread$|lowrite$|dblink|set_config$|current_setting$|setval$|nextval$|` +
	`currval$|lastval$|currtid|(query|table|schema|database|cursor)_to_xml|xpath_table$|ts_stat$|ts_rewrite$|` +
	`ts_(debug|parse|token_type)$|get_current_ts_config$|txid_|mxid_age$|setseed$|current_(query|database|schemas?|` +
	`user|role|catalog)$|session_user$|system_user$|user$|getpgusername$|inet_(client|server)_|version$|` +
	`has_[a-z_]+_privilege$|row_security_active$|aclexplode$|to_reg|reg(class|collation|config|dictionary|namespace|` +
	`oper|operator|proc|procedure|role|type)(in|out|recv|send)?$|(any[a-z]*|array|domain|enum|multirange|range|` +
	`record)_(in|recv)$|` +
	`format_type$|oidvectortypes$|getdatabaseencoding$|(col|obj|shobj)_description$|binary_upgrade_|brin_|gin_clean|` +
	`amvalidate$|fmgr_|plpgsql_|crosstab|connectby$|query_export_to_s3$|table_import_from_s3$)`)

// reaching are schemas whose functions work on other systems or run statements.
var reaching = regexp.MustCompile(`^(aws_[a-z0-9_]+|cron|information_schema)$`)

// lookedUp are types whose text is a name that is looked up in the catalog.
var lookedUp = regexp.MustCompile(
	`^_?(reg(class|collation|config|dictionary|namespace|oper|operator|proc|procedure|role|type)|refcursor)$`)

// changing are functions whose result is not a function of the row.
var changing = regexp.MustCompile(`^(random|random_normal|gen_random_uuid|gen_random_bytes|uuidv7|uuidv4|` +
	`uuid_generate.*|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|now|gen_salt|fake_.*)$`)

// otherRows are aggregates and set-returning functions of PostgreSQL: the former look at other rows, the
// latter make more of them. Those of users are found by the plan's PREPARE.
var otherRows = regexp.MustCompile(`^(count|sum|avg|min|max|string_agg|array_agg|jsonb?_agg.*|jsonb?_object_agg.*|` +
	`bit_(and|or|xor)|bool_(and|or)|every|xmlagg|any_value|range_agg|range_intersect_agg|stddev.*|var_.*|` +
	`variance|covar_.*|corr|regr_.*|mode|percentile_.*|percent_rank|cume_dist|rank|dense_rank|` +
	`row_number|lag|lead|ntile|` +
	`(first|last|nth)_value|generate_series|generate_subscripts|unnest|regexp_matches|` +
	`regexp_split_to_table|string_to_table|` +
	`jsonb?_array_elements.*|jsonb?_each.*|jsonb?_object_keys|jsonb?_to_record.*|jsonb?_populate_recordset|` +
	`jsonb_path_query(_tz)?)$`)
