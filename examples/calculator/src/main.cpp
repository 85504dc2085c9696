#include <cstdlib>
#include <iostream>
#include <string>

#include <adder.hpp>

#include "calculator.hpp"

// Uses the library for multiplication and libadder itself for addition, so that the tool is linked
// to both.
int main(int count, char** words) {
  const std::string operation = count == 4 ? words[1] : "";
  if (operation == "add") {
    std::cout << adder::add(std::atof(words[2]), std::atof(words[3])) << '\n';
    return 0;
  }
#ifndef LEAN
  if (operation == "multiply") {
    std::cout << calculator::multiply(std::atof(words[2]), std::atoi(words[3])) << '\n';
    return 0;
  }
#else
  if (operation == "twice") {
    std::cout << calculator::multiply(std::atof(words[2]), 2) << '\n';
    return 0;
  }
#endif
  std::cerr << "usage: calculator add|multiply NUMBER NUMBER\n";
  return 2;
}
