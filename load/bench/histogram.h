// Latencies: a histogram of 64 steps for each power of two, exact to 1.6 %.

#include <stdint.h>
#include <string.h>

enum { STEP_BITS = 6, STEPS = 1 << STEP_BITS };
static uint64_t histogram[64 * STEPS], latencies;

static void histogram_clear(void) {
  memset(histogram, 0, sizeof histogram);
  latencies = 0;
}

static void histogram_add(uint64_t value) {
  int exponent = value < STEPS ? 0 : 63 - __builtin_clzll(value) - STEP_BITS;
  histogram[(uint64_t)exponent * STEPS + (value >> exponent)]++;
  latencies++;
}

static double histogram_ms(double share) {
  uint64_t left = (uint64_t)(share * (double)latencies);
  for (uint64_t index = 0; index < sizeof histogram / sizeof *histogram; index++) {
    if (histogram[index] > left) {
      uint64_t exponent = index < 2 * STEPS ? 0 : index / STEPS - 1;
      return (double)((index - exponent * STEPS) << exponent) / 1e6;
    }
    left -= histogram[index];
  }
  return 0;
}
