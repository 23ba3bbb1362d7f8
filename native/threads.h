#pragma once
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace puma {

/** Fork and join. Workers are made by the first run() that has work for more than one, never with size 1. */
class Threads {
 public:
  explicit Threads(int size) : size_(size) {}
  ~Threads();
  int size() const { return size_; }
  /** task(0), ..., task(count - 1), in any order, on all threads; the caller is one of them. Tasks do not throw. */
  void run(size_t count, const std::function<void(size_t)>& task);

 private:
  void work();
  void drain(std::unique_lock<std::mutex>& lock);

  const int size_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(size_t)>* task_ = nullptr;
  size_t next_ = 0, count_ = 0, pending_ = 0;
  bool stop_ = false;
};

}  // namespace puma
