import { feedbackIntegration, init } from "@sentry/browser";

init({ dsn: "http://key@127.0.0.1:1/1", integrations: [feedbackIntegration()] });
