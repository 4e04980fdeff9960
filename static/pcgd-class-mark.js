// “3B*!” as teachers write it, read as the server reads it (households/class_marks.py): only to
// say under the cell what was understood. What is stored is what the server read.
"use strict";

(() => {
  const LEVELS = { none: 0, nursery: 1, kindergarten: 2, primary: 3, lower: 4, upper: 5, vocational: 6, higher: 7 };
  const GENERAL = 1;
  const CONTINUING = 2;
  const WORDS = [
    [["nt", "nha tre"], LEVELS.nursery],
    [["mg", "mau giao", "mn", "mam non"], LEVELS.kindergarten],
    [["sc", "tc", "nghe", "gdnn"], LEVELS.vocational],
    [["cd", "dh"], LEVELS.higher],
    [["thpt"], LEVELS.upper],
    [["thcs"], LEVELS.lower],
    [["th"], LEVELS.primary],
  ];
  const NAMES = {
    [LEVELS.nursery]: "nhà trẻ",
    [LEVELS.kindergarten]: "mẫu giáo",
    [LEVELS.primary]: "tiểu học",
    [LEVELS.lower]: "THCS",
    [LEVELS.upper]: "THPT",
    [LEVELS.vocational]: "học nghề",
    [LEVELS.higher]: "cao đẳng, đại học",
  };

  const { nfc, fold } = window.pcgd;

  const levelOfGrade = (grade) => {
    if (grade <= 5) return LEVELS.primary;
    return grade <= 9 ? LEVELS.lower : LEVELS.upper;
  };

  /** {level, system, grade, name, two_sessions, repeating}, or {error: "grade"|"class_mark"}. */
  const classMark = (written) => {
    const text = nfc(written);
    const mark = {
      level: LEVELS.none, system: GENERAL, grade: null, name: "", two_sessions: false, repeating: false,
    };
    if (!text) return mark;
    mark.two_sessions = text.includes("*");
    mark.repeating = text.includes("!");
    mark.name = nfc(text.replace(/[*!]/gu, ""));
    const folded = fold(mark.name);
    if (/\b(gdtx|tx|bt)\b/.test(folded)) mark.system = CONTINUING;
    const number = /^[0-9]{1,2}/.exec(mark.name);
    if (number) {
      mark.grade = Number(number[0]);
      if (mark.grade < 1 || mark.grade > 12) return { error: "grade" };
      mark.level = levelOfGrade(mark.grade);
      return mark;
    }
    for (const [words, level] of WORDS) {
      if (!words.some((word) => folded === word || new RegExp(`^${word}(?![a-z])`).test(folded))) continue;
      mark.level = level;
      const age = level === LEVELS.kindergarten ? /[0-9]/.exec(folded) : null;
      if (age && "345".includes(age[0])) mark.grade = Number(age[0]);
      return mark;
    }
    return { error: "class_mark" };
  };

  /** The same in words: “lớp 3B, hai buổi, lưu ban”; empty for nobody who studies. */
  const inWords = (written) => {
    const mark = classMark(written);
    if (mark.error === "grade") return "Chỉ có lớp 1 đến lớp 12.";
    if (mark.error) return "Chưa hiểu; ghi 3B, 3B*, NT, MG 5A, 10 TX, TC, ĐH.";
    if (!mark.level) return "";
    const isGrade = mark.level >= LEVELS.primary && mark.level <= LEVELS.upper && mark.grade;
    const what = isGrade ? `lớp ${mark.name}` : NAMES[mark.level];
    const group = mark.level === LEVELS.kindergarten && mark.grade ? ` ${mark.grade} tuổi` : "";
    return [
      what + group,
      mark.system === CONTINUING && "giáo dục thường xuyên",
      mark.two_sessions && "hai buổi",
      mark.repeating && "lưu ban",
    ].filter(Boolean).join(", ");
  };

  Object.assign(window.pcgd, { classMark, classMarkInWords: inWords });
})();
