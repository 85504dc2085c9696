#include "calculator.hpp"

#include <adder.hpp>

double calculator::add(double left, double right) { return adder::add(left, right); }

double calculator::multiply(double value, int times) {
  double product = 0;
  for (int i = 0; i < times; ++i) product = adder::add(product, value);
  return product;
}
