'use strict';

module.exports = function leftSide(text, width, fill) {
  return String(text) + String(fill ?? ' ').repeat(Math.max(0, width - String(text).length));
};
