// Sets the theme before the first paint; src/state/theme.ts does the rest.
(function () {
  var wanted = null;
  try {
    wanted = localStorage.getItem("flowback.theme");
  } catch (_) {
    // Storage may be forbidden; the system's theme is used then.
  }
  var dark =
    wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
