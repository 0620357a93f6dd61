import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    include: ["test/**/*.test.{ts,mjs}"],
    environmentOptions: { jsdom: { url: "http://shop.example/checkout" } },
    // Machines may be busy: time is measured in `make bench` alone.
    testTimeout: 30_000,
  },
});
