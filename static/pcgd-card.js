// The line in the QR of a căn cước, read in the browser. The mirror of
// households/identity_cards.py: same answers, same sentences; a test holds both together.
"use strict";

(() => {
  const FIELDS = ["số định danh", "số CMND cũ", "họ tên", "ngày sinh", "giới tính",
    "nơi thường trú", "ngày cấp"];
  const [NUMBER, OLD_NUMBER, NAME, BIRTH, SEX, ADDRESS, ISSUED] = FIELDS.keys();
  const MAY_BE_BLANK = new Set([OLD_NUMBER, ADDRESS, ISSUED]);
  // The first three digits that exist, as gaps: 001, 002, 004, 006…
  const PROVINCES = new Set(("001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 "
    + "027 030 031 033 034 035 036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 "
    + "064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096")
    .split(" "));
  const VIETNAMESE = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđĕĭŏŭčñƀ\u0306";
  const NOT_OF_A_NAME = new RegExp(`[^a-z${VIETNAMESE} '’.\\-]`);
  const TELEX = /^(dd[a-z]+|[a-z]*(aa|ee|oo|aw|ow|uw)[a-z]*|[a-z]*[aeiouy](c|ch|m|n|ng|nh|p|t)?[sfrxj])$/;
  const VNI = /[a-z][0-9]/;
  const BARE_FAMILIES = new Set(["nguyen", "tran", "pham", "huynh", "bui"]);
  const DIGITS_AS_LETTERS = /^[^0-9]*[đăâêô][^0-9]*$/;
  const SET_KEYBOARD = "vì bộ gõ tiếng Việt đang bật khi quét. Hãy tắt bộ gõ (Unikey: biểu tượng "
    + "chữ E; bàn phím Windows: US) rồi quét lại.";
  const SET_SCANNER = "vì máy quét chưa gửi được chữ tiếng Việt. Hãy đặt máy quét ở chế độ Unicode "
    + "(UTF-8) theo sách của máy, hoặc quét bằng camera.";

  class CardError extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }

  const nfc = (text) => text.normalize("NFC").trim().replace(/\s+/g, " ");
  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replaceAll("đ", "d");
  const isAscii = (text) => /^[\x00-\x7f]*$/.test(text);
  const plain = (text) => text
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f\u200b\ufeff]/g, "")
    .replace(/[¦│∣❘]/g, "|")
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));

  const notACard = (text) => {
    if (/^[0-9]{12}$/.test(text)) {
      return new CardError("number_only",
        `Chỉ đọc được số ${text}. Hãy quét mã QR trên thẻ, không quét mã vạch.`);
    }
    const signs = [...text];
    const shown = signs.length <= 40 ? text : `${signs.slice(0, 40).join("")}…`;
    return new CardError("not_card",
      `“${shown}” không phải dòng QR của thẻ căn cước: không có dấu “|” giữa các ô.`);
  };

  const readNumber = (text) => {
    const number = text.replaceAll(" ", "");
    if (DIGITS_AS_LETTERS.test(number.toLowerCase())) {
      throw new CardError("keyboard", `Số định danh đọc ra “${text}” ${SET_KEYBOARD}`);
    }
    if (/^[0-9]{9}$/.test(number)) {
      throw new CardError("number",
        `“${number}” là số CMND cũ 9 chữ số; cần thẻ có số định danh 12 chữ số.`);
    }
    if (!/^[0-9]{12}$/.test(number)) {
      throw new CardError("number", `Số định danh “${text}” trên mã QR không đúng 12 chữ số.`);
    }
    return number;
  };

  const readOldNumber = (text) => {
    const number = text.replaceAll(" ", "");
    if (number && !/^([0-9]{9}|[0-9]{12})$/.test(number)) {
      throw new CardError("old_number", `Số CMND cũ “${text}” không đúng 9 chữ số.`);
    }
    return number.length === 9 ? number : "";
  };

  const readName = (name, sex, typed) => {
    if ([...name].length > 120) {
      throw new CardError("name", "Họ tên trên mã QR dài quá 120 ký tự.");
    }
    const lower = name.toLowerCase();
    const words = lower.split(" ");
    const telex = isAscii(lower) && words.some((word) => TELEX.test(word));
    if (typed && (telex || VNI.test(lower))) {
      throw new CardError("keyboard",
        `Họ tên đọc ra “${name}” ${SET_KEYBOARD} Nếu tên đúng là vậy, hãy gõ tay.`);
    }
    const lost = BARE_FAMILIES.has(words[0]) || (isAscii(lower) && sex.toLowerCase() === "nu");
    if (lost || NOT_OF_A_NAME.test(lower)) {
      throw new CardError("scanner", `Họ tên đọc ra “${name}” ${SET_SCANNER}`);
    }
    return name;
  };

  // “12092020” or “12/09/2020”, “00002020” → {year, month, day}; null when there is no such day.
  const readDate = (text) => {
    const whole = /^([0-9]{2})([0-9]{2})([0-9]{4})$/.exec(text);
    const shown = whole ? whole.slice(1).filter((part) => part !== "00").join("/") : text;
    const iso = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(shown);
    const found = iso ? [null, iso[3], iso[2], iso[1]]
      : /^(?:(?:([0-9]{1,2})[/.\- ])?([0-9]{1,2})[/.\- ])?([0-9]{4})$/.exec(shown);
    if (!found) return null;
    const year = Number(found[3]);
    const month = found[2] === undefined ? null : Number(found[2]);
    const day = found[1] === undefined ? null : Number(found[1]);
    if (year < 1900 || year > 2100) return null;
    if (month !== null && (month < 1 || month > 12)) return null;
    if (day !== null && (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())) return null;
    return { year, month, day };
  };
  const two = (number) => String(number).padStart(2, "0");

  const readBirth = (text) => {
    const date = readDate(text);
    if (!date) {
      throw new CardError("birth",
        `Ngày sinh “${text}” trên mã QR không có thật; cần dạng 12092020.`);
    }
    return date;
  };
  const writeBirth = ({ year, month, day }) =>
    `${day ? `${two(day)}/` : ""}${month ? `${two(month)}/` : ""}${year}`;

  const readIssued = (text) => {
    if (!text) return "";
    const date = readDate(text);
    if (!date || !date.day) {
      throw new CardError("issued",
        `Ngày cấp “${text}” trên mã QR không có thật; cần dạng 12092020.`);
    }
    return `${date.year}-${two(date.month)}-${two(date.day)}`;
  };

  const readSex = (text) => {
    const folded = fold(text);
    if (folded === "nam" || folded === "nu") return folded === "nam" ? "M" : "F";
    if (/^(nuw?[x4]|nu74)$/.test(folded)) {
      throw new CardError("keyboard", `Giới tính đọc ra “${text}” ${SET_KEYBOARD}`);
    }
    throw new CardError("sex", `Giới tính “${text}” trên mã QR phải là Nam hoặc Nữ.`);
  };

  // There is no check digit: a number is held against what the same card says.
  const contradictions = (number, birth, sex) => {
    if (!PROVINCES.has(number.slice(0, 3))) {
      return [{ code: "id_province",
        message: `Mã tỉnh ${number.slice(0, 3)} trong số định danh không có thật.` }];
    }
    const found = [];
    const year = 1900 + 100 * Math.floor(Number(number[3]) / 2) + Number(number.slice(4, 6));
    const male = Number(number[3]) % 2 === 0;
    if (year !== birth.year) {
      found.push({ code: "id_birth_year",
        message: `Số định danh ghi sinh năm ${year}, thẻ ghi ${birth.year}.` });
    }
    if (male !== (sex === "M")) {
      found.push({ code: "id_sex",
        message: `Số định danh là của ${male ? "nam" : "nữ"}, thẻ ghi ${male ? "nữ" : "nam"}.` });
    }
    return found;
  };

  // What a card says, as text; throws CardError. `typed` is false for what a camera read.
  const parse = (text, { typed = true } = {}) => {
    const parts = plain(text).split("|").map(nfc);
    if (parts.length === 1) throw notACard(parts[0]);
    const absent = FIELDS.filter((_label, index) =>
      index >= parts.length || (!parts[index] && !MAY_BE_BLANK.has(index)));
    if (absent.length) {
      throw new CardError("missing", `Mã QR thiếu ${absent.join(", ")}. Hãy quét lại cho hết dòng, `
        + "hoặc gõ tay ô còn thiếu.");
    }
    const number = readNumber(parts[NUMBER]);
    const name = readName(parts[NAME], parts[SEX], typed);
    const birth = readBirth(parts[BIRTH]);
    const sex = readSex(parts[SEX]);
    return {
      number,
      old_number: readOldNumber(parts[OLD_NUMBER]),
      full_name: name,
      birth: writeBirth(birth),
      sex,
      address: parts[ADDRESS],
      issued_on: readIssued(parts[ISSUED]),
      warnings: contradictions(number, birth, sex),
    };
  };

  globalThis.pcgd ??= {};
  globalThis.pcgd.card = { parse, CardError };
})();
