// Light or dark: what the system prefers, or what was chosen here before. Runs before the page is drawn.
"use strict";
const paperlake = {};
(() => {
  const KEY = "paperlake-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  // a page opened from a file may be denied storage; the choice then holds until it is closed
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* not kept */ } };
  let chosen = remembered();

  const apply = () => {
    const theme = chosen === "dark" || chosen === "light" ? chosen : system.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = theme === "dark" ? "Light colours" : "Dark colours";
      button.hidden = false;
    }
    document.dispatchEvent(new CustomEvent("paperlake:theme"));
  };

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      remember(chosen);
      apply();
    });
    apply();
  });
})();
