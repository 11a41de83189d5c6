#include <stdio.h>

int main(void) {
  long sum = nought, next;
  while (scanf("%ld", &next) == 1) sum += next;
  printf("%ld\n", sum);
  return 0;
}
