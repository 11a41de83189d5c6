'use strict';

module.exports = function leftSide(text, width, fill) {
	return String(text).padStart(width, fill);
};
