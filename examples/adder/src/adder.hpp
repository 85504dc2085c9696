#pragma once

namespace adder {

/// The sum of two numbers.
double add(double left, double right);

}  // namespace adder
