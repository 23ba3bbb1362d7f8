// The module: levels(), and instance(level, threads) with a function per kernel.
#include <cstring>
#include <string>

#include "amx.h"
#include "call.h"

namespace puma {

Call::Call(napi_env env, napi_callback_info info) : env_(env) {
  size_t argc = sizeof argv_ / sizeof *argv_;
  void* data = nullptr;
  napi_get_cb_info(env, info, &argc, argv_, nullptr, &data);
  binding_ = static_cast<Binding*>(data);
  if (binding_) instance_ = binding_->instance;
}

bool Call::is_floats(size_t i) const {
  napi_typedarray_type type;
  const auto status = napi_get_typedarray_info(env_, argv_[i], &type, nullptr, nullptr, nullptr, nullptr);
  return status == napi_ok && type == napi_float32_array;
}

double Call::number(size_t i) const {
  double v = 0;
  if (napi_get_value_double(env_, argv_[i], &v) != napi_ok) throw std::invalid_argument("a number was expected");
  return v;
}

bool Call::flag(size_t i) const {
  bool v = false;
  if (napi_get_value_bool(env_, argv_[i], &v) != napi_ok) throw std::invalid_argument("a boolean was expected");
  return v;
}

u64 Call::bigint(size_t i) const {
  u64 v = 0;
  bool exact = false;
  if (napi_get_value_bigint_uint64(env_, argv_[i], &v, &exact) != napi_ok)
    throw std::invalid_argument("a bigint was expected");
  return v;
}

void Call::give(double v) { napi_create_double(env_, v, &result_); }

/** Every kernel is entered here; C++ exceptions become JavaScript ones. */
napi_value invoke(napi_env env, napi_callback_info info) {
  Call call(env, info);
  try {
    call.binding_->kernel(call);
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, nullptr, "out of memory");
  } catch (const std::exception& problem) {
    napi_throw_type_error(env, nullptr, problem.what());
  }
  return call.result_;
}

namespace {

const char* const names[] = {"portable", "avx2", "avx512", "amx", "amx-model", "neon"};

bool has(Level level) {
#if PUMA_X86
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (level == AVX2) return avx2;
  if (level == AVX512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("avx512vbmi");
  if (level == AMX) return PUMA_AMX && has(AVX512) && amx_granted();
  if (level == AMX_MODEL) return PUMA_AMX && has(AVX512);
#endif
  return level == PORTABLE || (level == NEON && PUMA_NEON);
}

/** All but AMX_MODEL, which is for tests: instance() takes it, nobody is offered it. */
napi_value levels(napi_env env, napi_callback_info) {
  napi_value list;
  napi_create_array(env, &list);
  uint32_t count = 0;
  for (const Level level : {NEON, AMX, AVX512, AVX2, PORTABLE}) {
    if (!has(level)) continue;
    napi_value name;
    napi_create_string_utf8(env, names[level], NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, count++, name);
  }
  return list;
}

void release(napi_env, void* data, void*) {
  auto* binding = static_cast<Binding*>(data);
  if (--binding->instance->uses == 0) delete binding->instance;
  delete binding;
}

void bind(napi_env env, napi_value object, Instance* instance, const Named* named) {
  for (; named->name; named++) {
    auto* binding = new Binding{instance, named->kernel};
    instance->uses++;
    napi_value function;
    napi_create_function(env, named->name, NAPI_AUTO_LENGTH, invoke, binding, &function);
    napi_add_finalizer(env, function, binding, release, nullptr, nullptr);
    napi_set_named_property(env, object, named->name, function);
  }
}

/** instance(level, threads): an object with a function per kernel. */
napi_value instance(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value argv[2];
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  char name[16] = "";
  int32_t threads = 1;
  napi_get_value_string_utf8(env, argv[0], name, sizeof name, nullptr);
  napi_get_value_int32(env, argv[1], &threads);
  for (const Level level : {PORTABLE, AVX2, AVX512, AMX, AMX_MODEL, NEON}) {
    if (std::strcmp(name, names[level]) != 0 || !has(level)) continue;
    auto* made = new Instance(level, threads < 1 ? 1 : threads);
    napi_value object;
    napi_create_object(env, &object);
    for (const Named* family : {ring_kernels, matmul_kernels, float_kernels, prg_kernels, pack_kernels, bits_kernels,
                                protocol_kernels, convert_kernels})
      bind(env, object, made, family);
    return object;
  }
  napi_throw_error(env, nullptr, (std::string("no SIMD level ") + name).c_str());
  return nullptr;
}

}  // namespace
}  // namespace puma

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "levels", NAPI_AUTO_LENGTH, puma::levels, nullptr, &function);
  napi_set_named_property(env, exports, "levels", function);
  napi_create_function(env, "instance", NAPI_AUTO_LENGTH, puma::instance, nullptr, &function);
  napi_set_named_property(env, exports, "instance", function);
  return exports;
}
