#include "threads.h"

namespace puma {

Threads::~Threads() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void Threads::run(size_t count, const std::function<void(size_t)>& task) {
  if (size_ == 1 || count <= 1) {
    for (size_t i = 0; i < count; i++) task(i);
    return;
  }
  while (workers_.size() + 1 < static_cast<size_t>(size_)) workers_.emplace_back([this] { work(); });
  std::unique_lock<std::mutex> lock(mutex_);
  task_ = &task;
  next_ = 0;
  count_ = pending_ = count;
  wake_.notify_all();
  drain(lock);
  done_.wait(lock, [this] { return pending_ == 0; });
}

void Threads::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || next_ < count_; });
    if (stop_) return;
    drain(lock);
  }
}

/** Takes tasks until none is left; the lock is held except while one runs. */
void Threads::drain(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const size_t index = next_++;
    const auto& task = *task_;
    lock.unlock();
    task(index);
    lock.lock();
    if (--pending_ == 0) done_.notify_one();
  }
}

}  // namespace puma
