// Apply light or dark mode: the choice of the reader, else the preference of the system. Runs before the page is drawn.
"use strict";
const paperlake = {};
(() => {
  const KEY = "paperlake-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  // a page opened from a file may have no storage; the choice then lasts until it is closed
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* not kept */ } };
  let chosen = remembered();
  let printing = false; // pages are printed in light mode

  const apply = () => {
    const wanted = chosen === "dark" || chosen === "light" ? chosen : system.matches ? "dark" : "light";
    const theme = printing ? "light" : wanted;
    document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = theme === "dark" ? "Light mode" : "Dark mode";
      button.hidden = false;
    }
    document.dispatchEvent(new CustomEvent("paperlake:theme"));
  };

  apply();
  system.addEventListener("change", apply);
  addEventListener("beforeprint", () => {
    printing = true;
    for (const folded of document.querySelectorAll(".topic:not([open])")) {
      folded.open = true;
      folded.dataset.folded = "true";
    }
    apply();
  });
  addEventListener("afterprint", () => {
    printing = false;
    for (const opened of document.querySelectorAll(".topic[data-folded]")) {
      opened.open = false;
      delete opened.dataset.folded;
    }
    apply();
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      remember(chosen);
      apply();
    });
    apply();
  });
})();
