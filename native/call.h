#pragma once
// One call from JavaScript: arguments as plain C++ values. Sizes were checked in
// src/kernels/checked.ts, kinds of arrays are here.
#include <node_api.h>

#include <stdexcept>

#include "levels.h"
#include "threads.h"
#include "words.h"

namespace puma {

template <class T>
struct Span {
  T* data;
  size_t size;
};

/** What loadKernels() makes: shared by its functions, freed with the last of them. */
struct Instance {
  Instance(Level l, int n) : level(l), threads(n) {}
  const Level level;
  Threads threads;
  int uses = 0;
};

class Call {
 public:
  Call(napi_env env, napi_callback_info info);
  Level level() const { return instance_->level; }
  Threads& threads() const { return instance_->threads; }

  Span<u64> lanes(size_t i) const { return array<u64>(i, napi_biguint64_array); }
  Span<u8> bytes(size_t i) const { return array<u8>(i, napi_uint8_array); }
  Span<u16> halves(size_t i) const { return array<u16>(i, napi_uint16_array); }
  Span<i32> ints(size_t i) const { return array<i32>(i, napi_int32_array); }
  Span<float> floats(size_t i) const { return array<float>(i, napi_float32_array); }
  Span<double> doubles(size_t i) const { return array<double>(i, napi_float64_array); }
  bool is_floats(size_t i) const;
  double number(size_t i) const;
  size_t size(size_t i) const { return static_cast<size_t>(number(i)); }
  int integer(size_t i) const { return static_cast<int>(number(i)); }
  bool flag(size_t i) const;
  u64 bigint(size_t i) const;
  void give(double v);

 private:
  friend napi_value invoke(napi_env, napi_callback_info);
  template <class T>
  Span<T> array(size_t i, napi_typedarray_type kind) const;

  napi_env env_;
  napi_value argv_[10] = {};
  napi_value result_ = nullptr;
  struct Binding* binding_ = nullptr;
  Instance* instance_ = nullptr;
};

using Kernel = void (*)(Call&);

struct Named {
  const char* name;
  Kernel kernel;
};

/** A function of JavaScript is a kernel and the instance it runs on. */
struct Binding {
  Instance* instance;
  Kernel kernel;
};

template <class T>
Span<T> Call::array(size_t i, napi_typedarray_type kind) const {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  const auto status = napi_get_typedarray_info(env_, argv_[i], &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || type != kind) throw std::invalid_argument("a typed array of another kind was expected");
  return {static_cast<T*>(data), length};
}

// The kernels of each family, by their names in src/kernels/kernels.ts; the last one is {nullptr, nullptr}.
extern const Named ring_kernels[], matmul_kernels[], float_kernels[], prg_kernels[], pack_kernels[], bits_kernels[],
    protocol_kernels[], convert_kernels[];

}  // namespace puma
