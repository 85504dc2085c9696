#pragma once

namespace calculator {

/// The sum of two numbers; the work is done by libadder.
double add(double left, double right);

/// The product of two numbers, for whole `times` by repeated addition.
double multiply(double value, int times);

}  // namespace calculator
