// How texts are compared everywhere: `pcgd.nfc` and `pcgd.fold`.
"use strict";

(() => {
  const nfc = (text) => text.normalize("NFC").split(/\s+/u).filter(Boolean).join(" ");
  /** Lower case, no diacritics, đ as d: how names are compared everywhere. */
  const fold = (text) => nfc(text).normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/gu, "d").toLowerCase();

  window.pcgd ??= {};
  Object.assign(window.pcgd, { nfc, fold });
})();
