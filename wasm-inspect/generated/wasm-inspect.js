export function instantiate(getCoreModule, imports, instantiateCore = (module, importObject) => new WebAssembly.Instance(module, importObject)) {
  
  let dv = new DataView(new ArrayBuffer());
  const dataView = mem => dv.buffer === mem.buffer ? dv : dv = new DataView(mem.buffer);
  
  function toUint32(val) {
    return val >>> 0;
  }
  
  const _debugLog = (...args) => {
    if (!globalThis?.process?.env?.JCO_DEBUG) { return; }
    console.debug(...args);
  }
  
  function clampGuest(i, min, max) {
    if (i < min || i > max) throw new TypeError(`must be between ${min} and ${max}`);
    return i;
  }
  
  function throwInvalidBool() {
    throw new TypeError('invalid variant discriminant for bool');
  }
  
  
  const module0 = getCoreModule('wasm-inspect.core.wasm');
  const module1 = getCoreModule('wasm-inspect.core2.wasm');
  const module2 = getCoreModule('wasm-inspect.core3.wasm');
  
  const { readAt } = imports['stageyard:inspect/source'];
  let gen = (function* init () {
    let exports0;
    let exports1;
    let memory0;
    let realloc0;
    
    function trampoline0(arg0, arg1, arg2) {
      const ret = readAt(BigInt.asUintN(64, arg0), arg1 >>> 0);
      var variant1 = ret;
      if (variant1 === null || variant1=== undefined) {
        dataView(memory0).setInt8(arg2 + 0, 0, true);
      } else {
        const e = variant1;
        dataView(memory0).setInt8(arg2 + 0, 1, true);
        var val0 = e;
        var len0 = val0.byteLength;
        var ptr0 = realloc0(0, 0, 1, len0 * 1);
        var src0 = new Uint8Array(val0.buffer || val0, val0.byteOffset, len0 * 1);
        (new Uint8Array(memory0.buffer, ptr0, len0 * 1)).set(src0);
        dataView(memory0).setInt32(arg2 + 8, len0, true);
        dataView(memory0).setInt32(arg2 + 4, ptr0, true);
      }
    }
    
    let exports2;
    let postReturn0;
    ({ exports: exports0 } = instantiateCore(module1));
    ({ exports: exports1 } = instantiateCore(module0, {
      'stageyard:inspect/source': {
        'read-at': exports0['0'],
      },
    }));
    memory0 = exports1.memory;
    realloc0 = exports1.cabi_realloc;
    ({ exports: exports2 } = instantiateCore(module2, {
      '': {
        $imports: exports0.$imports,
        '0': trampoline0,
      },
    }));
    postReturn0 = exports1['cabi_post_stageyard:inspect/api#inspect'];
    let apiInspect;
    
    function inspect(arg0) {
      var val0 = arg0;
      var len0 = val0.byteLength;
      var ptr0 = realloc0(0, 0, 1, len0 * 1);
      var src0 = new Uint8Array(val0.buffer || val0, val0.byteOffset, len0 * 1);
      (new Uint8Array(memory0.buffer, ptr0, len0 * 1)).set(src0);
      const ret = apiInspect(ptr0, len0);
      let variant20;
      switch (dataView(memory0).getUint8(ret + 0, true)) {
        case 0: {
          let enum1;
          switch (dataView(memory0).getUint8(ret + 8, true)) {
            case 0: {
              enum1 = 'elf';
              break;
            }
            case 1: {
              enum1 = 'mach-o';
              break;
            }
            case 2: {
              enum1 = 'pe';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Format');
            }
          }
          var len15 = dataView(memory0).getInt32(ret + 16, true);
          var base15 = dataView(memory0).getInt32(ret + 12, true);
          var result15 = [];
          for (let i = 0; i < len15; i++) {
            const base = base15 + i * 152;
            let enum2;
            switch (dataView(memory0).getUint8(base + 5, true)) {
              case 0: {
                enum2 = 'little';
                break;
              }
              case 1: {
                enum2 = 'big';
                break;
              }
              default: {
                throw new TypeError('invalid discriminant specified for ByteOrder');
              }
            }
            let enum3;
            switch (dataView(memory0).getUint8(base + 6, true)) {
              case 0: {
                enum3 = 'executable';
                break;
              }
              case 1: {
                enum3 = 'shared-library';
                break;
              }
              case 2: {
                enum3 = 'static-pie';
                break;
              }
              case 3: {
                enum3 = 'dynamic-pie';
                break;
              }
              case 4: {
                enum3 = 'object';
                break;
              }
              case 5: {
                enum3 = 'core';
                break;
              }
              case 6: {
                enum3 = 'other';
                break;
              }
              default: {
                throw new TypeError('invalid discriminant specified for Kind');
              }
            }
            var bool4 = dataView(memory0).getUint8(base + 7, true);
            var bool5 = dataView(memory0).getUint8(base + 8, true);
            var ptr6 = dataView(memory0).getInt32(base + 12, true);
            var len6 = dataView(memory0).getInt32(base + 16, true);
            var result6 = new Uint8Array(memory0.buffer.slice(ptr6, ptr6 + len6 * 1));
            let variant8;
            switch (dataView(memory0).getUint8(base + 20, true)) {
              case 0: {
                variant8 = undefined;
                break;
              }
              case 1: {
                var ptr7 = dataView(memory0).getInt32(base + 24, true);
                var len7 = dataView(memory0).getInt32(base + 28, true);
                var result7 = new Uint8Array(memory0.buffer.slice(ptr7, ptr7 + len7 * 1));
                variant8 = result7;
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant10;
            switch (dataView(memory0).getUint8(base + 32, true)) {
              case 0: {
                variant10 = undefined;
                break;
              }
              case 1: {
                var ptr9 = dataView(memory0).getInt32(base + 40, true);
                var len9 = dataView(memory0).getInt32(base + 44, true);
                var result9 = new Uint8Array(memory0.buffer.slice(ptr9, ptr9 + len9 * 1));
                variant10 = {
                  bytes: result9,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 48, true)),
                  capacity: dataView(memory0).getInt32(base + 56, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 64, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant12;
            switch (dataView(memory0).getUint8(base + 72, true)) {
              case 0: {
                variant12 = undefined;
                break;
              }
              case 1: {
                var ptr11 = dataView(memory0).getInt32(base + 80, true);
                var len11 = dataView(memory0).getInt32(base + 84, true);
                var result11 = new Uint8Array(memory0.buffer.slice(ptr11, ptr11 + len11 * 1));
                variant12 = {
                  bytes: result11,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 88, true)),
                  capacity: dataView(memory0).getInt32(base + 96, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 104, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant14;
            switch (dataView(memory0).getUint8(base + 112, true)) {
              case 0: {
                variant14 = undefined;
                break;
              }
              case 1: {
                var ptr13 = dataView(memory0).getInt32(base + 120, true);
                var len13 = dataView(memory0).getInt32(base + 124, true);
                var result13 = new Uint8Array(memory0.buffer.slice(ptr13, ptr13 + len13 * 1));
                variant14 = {
                  bytes: result13,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 128, true)),
                  capacity: dataView(memory0).getInt32(base + 136, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 144, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            result15.push({
              machine: dataView(memory0).getInt32(base + 0, true) >>> 0,
              bits: clampGuest(dataView(memory0).getUint8(base + 4, true), 0, 255),
              order: enum2,
              kind: enum3,
              debugOnly: bool4 == 0 ? false : (bool4 == 1 ? true : throwInvalidBool()),
              dynamic: bool5 == 0 ? false : (bool5 == 1 ? true : throwInvalidBool()),
              needed: result6,
              interpreter: variant8,
              soname: variant10,
              rpath: variant12,
              runpath: variant14,
            });
          }
          variant20= {
            tag: 'binary',
            val: {
              format: enum1,
              slices: result15,
            }
          };
          break;
        }
        case 1: {
          let enum16;
          switch (dataView(memory0).getUint8(ret + 8, true)) {
            case 0: {
              enum16 = 'empty';
              break;
            }
            case 1: {
              enum16 = 'unknown-format';
              break;
            }
            case 2: {
              enum16 = 'mach-o';
              break;
            }
            case 3: {
              enum16 = 'pe';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Foreign');
            }
          }
          variant20= {
            tag: 'not-binary',
            val: enum16
          };
          break;
        }
        case 2: {
          let enum17;
          switch (dataView(memory0).getUint8(ret + 8, true)) {
            case 0: {
              enum17 = 'elf';
              break;
            }
            case 1: {
              enum17 = 'mach-o';
              break;
            }
            case 2: {
              enum17 = 'pe';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Format');
            }
          }
          let enum18;
          switch (dataView(memory0).getUint8(ret + 9, true)) {
            case 0: {
              enum18 = 'file-header';
              break;
            }
            case 1: {
              enum18 = 'program-headers';
              break;
            }
            case 2: {
              enum18 = 'section-headers';
              break;
            }
            case 3: {
              enum18 = 'segment';
              break;
            }
            case 4: {
              enum18 = 'dynamic-table';
              break;
            }
            case 5: {
              enum18 = 'string-table';
              break;
            }
            case 6: {
              enum18 = 'interpreter';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Table');
            }
          }
          let enum19;
          switch (dataView(memory0).getUint8(ret + 10, true)) {
            case 0: {
              enum19 = 'ends-early';
              break;
            }
            case 1: {
              enum19 = 'unreadable';
              break;
            }
            case 2: {
              enum19 = 'bad-class';
              break;
            }
            case 3: {
              enum19 = 'bad-byte-order';
              break;
            }
            case 4: {
              enum19 = 'bad-entry-size';
              break;
            }
            case 5: {
              enum19 = 'not-mapped';
              break;
            }
            case 6: {
              enum19 = 'outside-table';
              break;
            }
            case 7: {
              enum19 = 'unterminated';
              break;
            }
            case 8: {
              enum19 = 'too-large';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Flaw');
            }
          }
          variant20= {
            tag: 'problem',
            val: {
              format: enum17,
              table: enum18,
              flaw: enum19,
              offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 16, true)),
              needed: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 24, true)),
              available: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 32, true)),
            }
          };
          break;
        }
        default: {
          throw new TypeError('invalid variant discriminant for Report');
        }
      }
      const retVal = variant20;
      postReturn0(ret);
      return retVal;
    }
    let apiExamineRunPaths;
    
    function examineRunPaths(arg0, arg1) {
      var val0 = arg0;
      var len0 = val0.byteLength;
      var ptr0 = realloc0(0, 0, 1, len0 * 1);
      var src0 = new Uint8Array(val0.buffer || val0, val0.byteOffset, len0 * 1);
      (new Uint8Array(memory0.buffer, ptr0, len0 * 1)).set(src0);
      const ret = apiExamineRunPaths(ptr0, len0, toUint32(arg1));
      let variant2;
      switch (dataView(memory0).getUint8(ret + 8, true)) {
        case 0: {
          variant2 = undefined;
          break;
        }
        case 1: {
          let variant1;
          switch (dataView(memory0).getUint8(ret + 56, true)) {
            case 0: {
              variant1 = undefined;
              break;
            }
            case 1: {
              variant1 = BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 64, true));
              break;
            }
            default: {
              throw new TypeError('invalid variant discriminant for option');
            }
          }
          variant2 = {
            offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 16, true)),
            value: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 24, true)),
            segment: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 32, true)),
            segmentSize: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 40, true)),
            sizeEntry: BigInt.asUintN(64, dataView(memory0).getBigInt64(ret + 48, true)),
            entry: variant1,
          };
          break;
        }
        default: {
          throw new TypeError('invalid variant discriminant for option');
        }
      }
      const retVal = {
        rpathCapacity: dataView(memory0).getInt32(ret + 0, true) >>> 0,
        runpathCapacity: dataView(memory0).getInt32(ret + 4, true) >>> 0,
        room: variant2,
      };
      postReturn0(ret);
      return retVal;
    }
    apiInspect = exports1['stageyard:inspect/api#inspect'];
    apiExamineRunPaths = exports1['stageyard:inspect/api#examine-run-paths'];
    const api = {
      examineRunPaths: examineRunPaths,
      inspect: inspect,
      
    };
    
    return { api, 'stageyard:inspect/api': api,  };
  })();
  let promise, resolve, reject;
  function runNext (value) {
    try {
      let done;
      do {
        ({ value, done } = gen.next(value));
      } while (!(value instanceof Promise) && !done);
      if (done) {
        if (resolve) return resolve(value);
        else return value;
      }
      if (!promise) promise = new Promise((_resolve, _reject) => (resolve = _resolve, reject = _reject));
      value.then(nextVal => done ? resolve() : runNext(nextVal), reject);
    }
    catch (e) {
      if (reject) reject(e);
      else throw e;
    }
  }
  const maybeSyncReturn = runNext(null);
  return promise || maybeSyncReturn;
}
