#include "adder.hpp"

double adder::add(double left, double right) { return left + right; }
