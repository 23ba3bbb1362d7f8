{
  'targets': [
    {
      'target_name': 'puma',
      'sources': [
        'native/addon.cc',
        'native/bits.cc',
        'native/convert.cc',
        'native/matmul.cc',
        'native/matmul_float.cc',
        'native/matmul_tiles.cc',
        'native/pack.cc',
        'native/prg.cc',
        'native/protocol.cc',
        'native/ring.cc',
        'native/threads.cc',
      ],
      'defines': ['NAPI_VERSION=8'],
      # No -march: a file holds its loops once per SIMD level (native/each_level.h), picked at run time.
      'cflags_cc': ['-std=c++17', '-O3', '-ffp-contract=off', '-fno-fast-math', '-fexceptions', '-Wall', '-Wextra'],
      'cflags_cc!': ['-fno-exceptions', '-O2'],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
        'CLANG_CXX_LIBRARY': 'libc++',
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'GCC_OPTIMIZATION_LEVEL': '3',
        'MACOSX_DEPLOYMENT_TARGET': '11.0',
        'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off', '-fno-fast-math'],
      },
      'conditions': [
        # GCC 12 warns of its own intrinsics headers otherwise.
        ['OS=="linux"', {'ldflags': ['-pthread'], 'cflags_cc': ['-Wno-maybe-uninitialized', '-Wno-uninitialized']}],
      ],
    }
  ]
}
