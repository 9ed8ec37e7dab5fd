// What the exporters and Prometheus itself say, as far as rules and dashboards ask: redis_exporter 1.86 and later with
// Redis 8, nginx-prometheus-exporter 1.5 with stub_status. A name that is not here is not to be asked for: a misspelt
// metric is no error to Prometheus, only an alert that never fires and a panel that stays empty.

export const REDIS = {
  up: 'redis_up',
  started: 'redis_start_time_seconds',
  uptime: 'redis_uptime_in_seconds',
  loading: 'redis_loading_dump_file',
  memoryUsed: 'redis_memory_used_bytes',
  memoryPeak: 'redis_memory_used_peak_bytes',
  memoryResident: 'redis_memory_used_rss_bytes',
  /** 0 where there is no limit. */
  memoryMax: 'redis_memory_max_bytes',
  fragmentation: 'redis_mem_fragmentation_ratio',
  clients: 'redis_connected_clients',
  clientsLimit: 'redis_config_maxclients',
  subscribers: 'redis_pubsub_clients',
  subscribedChannels: 'redis_pubsub_channels',
  connections: 'redis_connections_received_total',
  connectionsRejected: 'redis_rejected_connections_total',
  /** A subscriber that read too slowly and was cut without a word. */
  outputBufferCuts: 'redis_client_output_buffer_limit_disconnections_total',
  outputBufferLargest: 'redis_client_recent_max_output_buffer_bytes',
  commandsProcessed: 'redis_commands_processed_total',
  /** By `cmd`. */
  commands: 'redis_commands_total',
  /** By `cmd`. */
  commandSeconds: 'redis_commands_duration_seconds_total',
  /** By `cmd`. */
  commandsFailed: 'redis_commands_failed_calls_total',
  receivedBytes: 'redis_net_input_bytes_total',
  sentBytes: 'redis_net_output_bytes_total',
  cpuUser: 'redis_cpu_user_seconds_total',
  cpuSystem: 'redis_cpu_sys_seconds_total',
  slowestCommand: 'redis_last_slow_execution_duration_seconds',
  slowCommands: 'redis_slowlog_length',
  /** By `db`. */
  keys: 'redis_db_keys',
  /** By `db`. */
  keysExpiring: 'redis_db_keys_expiring',
  keysEvicted: 'redis_evicted_keys_total',
  keysExpired: 'redis_expired_keys_total',
  /** 1 where the last write to the append-only file succeeded; while it is 0, Redis refuses to write. */
  aofWritten: 'redis_aof_last_write_status',
  aofRewritten: 'redis_aof_last_bgrewrite_status',
  aofEnabled: 'redis_aof_enabled',
  forkSeconds: 'redis_latest_fork_seconds',
  scrapeSeconds: 'redis_exporter_last_scrape_duration_seconds',
  /** 1, with the version, the role and more as labels. */
  info: 'redis_instance_info',
} as const;

export const NGINX = {
  up: 'nginx_up',
  /** Counters, although they do not say so in their names. */
  accepted: 'nginx_connections_accepted',
  /** What is accepted and not handled was dropped: no connection was left. */
  handled: 'nginx_connections_handled',
  active: 'nginx_connections_active',
  reading: 'nginx_connections_reading',
  /** Open streams, nearly: connections that are being answered. */
  writing: 'nginx_connections_writing',
  waiting: 'nginx_connections_waiting',
  requests: 'nginx_http_requests_total',
  info: 'nginx_exporter_build_info',
} as const;

export const PROMETHEUS = {
  /** 1 for each target that answered its last scrape. */
  up: 'up',
  /** One series for each alert that is pending or firing. */
  alerts: 'ALERTS',
  scrapeSeconds: 'scrape_duration_seconds',
  samples: 'scrape_samples_scraped',
  series: 'prometheus_tsdb_head_series',
  configLoaded: 'prometheus_config_last_reload_successful',
  ruleFailures: 'prometheus_rule_evaluation_failures_total',
} as const;
