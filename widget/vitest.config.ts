import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "jsdom", include: ["test/**/*.test.{ts,mjs}"], environmentOptions: { jsdom: { url: "http://shop.example/checkout" } } },
});
