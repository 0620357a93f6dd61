import posthog from "posthog-js";

posthog.init("phc_bench", {
  api_host: location.origin,
  autocapture: true,
  capture_pageview: true,
  capture_dead_clicks: false,
  disable_session_recording: true,
  disable_surveys: true,
  opt_out_useragent_filter: true,
});
