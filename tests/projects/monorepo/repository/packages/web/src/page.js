import { price } from '@shop/core';

export const row = (name, cents) => `<tr><td>${name}</td><td>${price(cents).text}</td></tr>`;
