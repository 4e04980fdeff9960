// Three ways to the line of a card: the camera, a photo, and a USB scanner, which is a keyboard
// that types very fast. Pictures are read here and never leave the browser.
"use strict";

(() => {
  window.pcgd ??= {};
  const LOOK_EVERY_MS = 180;
  const HINT_AFTER_MS = 12_000;
  const FAST_MS = 60;
  const OTHERWISE = "hãy dùng máy quét USB hoặc chọn ảnh.";
  const WHY_NO_CAMERA = {
    NotAllowedError: `Chưa được phép dùng camera. Bấm biểu tượng cạnh địa chỉ trang để cho phép, hoặc ${OTHERWISE}`,
    NotFoundError: `Máy này không có camera; ${OTHERWISE}`,
    NotReadableError: `Camera đang được chương trình khác dùng; hãy đóng chương trình đó, hoặc ${OTHERWISE}`,
  };

  // ---- Codes in a picture: the browser's own reader where it has one, else jsQR ----

  let reader = null;
  const load = (url) => new Promise((resolve, reject) => {
    if (window.jsQR) { resolve(); return; }
    const script = document.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error("Chưa tải được phần đọc mã QR; hãy kiểm tra mạng rồi thử lại."));
    document.head.append(script);
  });
  const withJsQr = (canvas) => {
    const { width, height } = canvas;
    const picture = canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
    return window.jsQR(picture.data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
  const readerOf = async (jsQrUrl) => {
    if (reader) return reader;
    const formats = await window.BarcodeDetector?.getSupportedFormats?.().catch(() => []) ?? [];
    if (formats.includes("qr_code")) {
      const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      reader = async (canvas) => (await detector.detect(canvas))[0]?.rawValue ?? "";
    } else {
      await load(jsQrUrl);
      reader = async (canvas) => withJsQr(canvas);
    }
    return reader;
  };
  const drawn = (source, width, height, longest) => {
    const scale = Math.min(1, longest / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
  };

  /** The text of the code in a photo; throws a sentence when there is none. */
  const fromPhoto = async (file, jsQrUrl) => {
    let picture;
    try {
      picture = await createImageBitmap(file);
    } catch {
      throw new Error(`Tệp “${file.name}” không phải ảnh đọc được; hãy chọn ảnh JPG hoặc PNG.`);
    }
    const read = await readerOf(jsQrUrl);
    // A small code in a large photo is found at one size and missed at another.
    for (const longest of [1400, 2400, 900, 600]) {
      const text = await read(drawn(picture, picture.width, picture.height, longest));
      if (text) return text;
    }
    throw new Error("Không thấy mã QR trong ảnh. Hãy chụp gần mã QR ở góc thẻ, đủ sáng, không lóa.");
  };

  /** Shows the camera in ``video`` and calls ``found(text)`` for each code; answers with a
   * function that switches it off. ``say(sentence)`` tells what happens. */
  const fromCamera = (video, jsQrUrl, found, say) => {
    const state = { off: false, stream: null, timer: 0 };
    const stop = () => {
      state.off = true;
      clearTimeout(state.timer);
      state.stream?.getTracks().forEach((track) => track.stop());
      video.srcObject = null;
      video.hidden = true;
    };
    const run = async () => {
      if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
        say(`Trang mở không qua https nên trình duyệt không cho dùng camera; ${OTHERWISE}`);
        return;
      }
      say("Đang mở camera…");
      try {
        state.stream = await navigator.mediaDevices.getUserMedia({
          audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
        });
      } catch (error) {
        if (!state.off) say(WHY_NO_CAMERA[error.name] ?? `Không mở được camera; ${OTHERWISE}`);
        return;
      }
      if (state.off) { stop(); return; }
      video.srcObject = state.stream;
      video.hidden = false;
      await video.play();
      const read = await readerOf(jsQrUrl);
      say("Đưa mã QR trên thẻ vào giữa khung.");
      const since = Date.now();
      const look = async () => {
        if (state.off) return;
        if (video.videoWidth) {
          const text = await read(drawn(video, video.videoWidth, video.videoHeight, 1280)).catch(() => "");
          if (state.off) return;
          if (text) found(text);
          else if (Date.now() - since > HINT_AFTER_MS) {
            say("Chưa đọc được: lau thẻ, để đủ sáng, đưa thẻ gần hơn cho mã đầy khung.");
          }
        }
        state.timer = setTimeout(look, LOOK_EVERY_MS);
      };
      look();
    };
    run().catch((error) => { stop(); say(error.message); });
    return stop;
  };

  // ---- A scanner that types while nobody is in a text field ----

  const isText = (element) => element?.matches?.(
    "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file])",
  );
  const memoryOf = (element) => (element?.matches?.("select, input")
    ? { element, value: element.value, checked: element.checked } : null);
  const giveBack = (memory) => {
    if (!memory) return;
    const { element, value, checked } = memory;
    if (element.value === value && element.checked === checked) return;
    element.value = value;
    element.checked = checked;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const bars = (text) => (text.match(/[|¦｜]/g) ?? []).length;

  /** Calls ``found(line, field)`` for a line that came too fast for fingers; ``field`` is the
   * text field of ``root`` into which it went, or null. ``spoiled()`` where part of it came in a
   * way that only a text field receives. */
  const fromScanner = (root, found, spoiled) => {
    let typed = "";
    let last = 0;
    let before = null;
    let lost = false;
    document.addEventListener("keydown", (event) => {
      const { key, target } = event;
      const inField = isText(target);
      if (event.isComposing || (inField && !root.contains(target))) { typed = ""; return; }
      // When the key came, not when this machine found time for it.
      const now = event.timeStamp;
      if (now - last > FAST_MS) {
        typed = "";
        lost = false;
        before = memoryOf(target);
      }
      last = now;
      if (key === "Alt" || event.altKey) { lost = true; return; }
      if (key.length === 1) typed += key;
      const isLine = key === "Enter" && typed.length >= 20 && (!inField || bars(typed) >= 4);
      // From the fourth key on it is a scanner: its spaces and letters must not press anything.
      if (isLine || (!inField && typed.length > 3 && (key.length === 1 || key === "Enter"))) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      if (!isLine) return;
      const line = typed;
      typed = "";
      if (!inField) giveBack(before);
      if (lost && !inField) spoiled();
      else found(line, inField ? target : null);
    }, true);
  };

  window.pcgd.scanRead = { fromPhoto, fromCamera, fromScanner };
})();
