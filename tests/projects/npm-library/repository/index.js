'use strict';

module.exports = function leftSide(text, width, fill) {
  const missing = width - String(text).length;
  return missing > 0 ? String(fill ?? ' ').repeat(missing) + text : String(text);
};
