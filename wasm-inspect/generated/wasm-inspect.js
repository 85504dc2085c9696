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
      let variant31;
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
          let enum2;
          switch (dataView(memory0).getUint8(ret + 9, true)) {
            case 0: {
              enum2 = 'single';
              break;
            }
            case 1: {
              enum2 = 'fat32';
              break;
            }
            case 2: {
              enum2 = 'fat64';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Container');
            }
          }
          var len26 = dataView(memory0).getInt32(ret + 16, true);
          var base26 = dataView(memory0).getInt32(ret + 12, true);
          var result26 = [];
          for (let i = 0; i < len26; i++) {
            const base = base26 + i * 368;
            let enum3;
            switch (dataView(memory0).getUint8(base + 9, true)) {
              case 0: {
                enum3 = 'little';
                break;
              }
              case 1: {
                enum3 = 'big';
                break;
              }
              default: {
                throw new TypeError('invalid discriminant specified for ByteOrder');
              }
            }
            let enum4;
            switch (dataView(memory0).getUint8(base + 10, true)) {
              case 0: {
                enum4 = 'executable';
                break;
              }
              case 1: {
                enum4 = 'shared-library';
                break;
              }
              case 2: {
                enum4 = 'static-pie';
                break;
              }
              case 3: {
                enum4 = 'dynamic-pie';
                break;
              }
              case 4: {
                enum4 = 'object';
                break;
              }
              case 5: {
                enum4 = 'core';
                break;
              }
              case 6: {
                enum4 = 'other';
                break;
              }
              case 7: {
                enum4 = 'bundle';
                break;
              }
              case 8: {
                enum4 = 'debug-companion';
                break;
              }
              case 9: {
                enum4 = 'kernel-module';
                break;
              }
              case 10: {
                enum4 = 'driver';
                break;
              }
              case 11: {
                enum4 = 'efi';
                break;
              }
              default: {
                throw new TypeError('invalid discriminant specified for Kind');
              }
            }
            if ((dataView(memory0).getUint8(base + 11, true) & 4294967280) !== 0) {
              throw new TypeError('flags have extraneous bits set');
            }
            var flags5 = {
              debugOnly: Boolean(dataView(memory0).getUint8(base + 11, true) & 1),
              dynamic: Boolean(dataView(memory0).getUint8(base + 11, true) & 2),
              signed: Boolean(dataView(memory0).getUint8(base + 11, true) & 4),
              dotnet: Boolean(dataView(memory0).getUint8(base + 11, true) & 8),
            };
            var ptr6 = dataView(memory0).getInt32(base + 12, true);
            var len6 = dataView(memory0).getInt32(base + 16, true);
            var result6 = new Uint8Array(memory0.buffer.slice(ptr6, ptr6 + len6 * 1));
            var len8 = dataView(memory0).getInt32(base + 24, true);
            var base8 = dataView(memory0).getInt32(base + 20, true);
            var result8 = [];
            for (let i = 0; i < len8; i++) {
              const base = base8 + i * 1;
              let enum7;
              switch (dataView(memory0).getUint8(base + 0, true)) {
                case 0: {
                  enum7 = 'needed';
                  break;
                }
                case 1: {
                  enum7 = 'filter';
                  break;
                }
                case 2: {
                  enum7 = 'auxiliary';
                  break;
                }
                case 3: {
                  enum7 = 'load';
                  break;
                }
                case 4: {
                  enum7 = 'weak';
                  break;
                }
                case 5: {
                  enum7 = 'reexport';
                  break;
                }
                case 6: {
                  enum7 = 'upward';
                  break;
                }
                case 7: {
                  enum7 = 'lazy';
                  break;
                }
                case 8: {
                  enum7 = 'import';
                  break;
                }
                case 9: {
                  enum7 = 'delay-import';
                  break;
                }
                default: {
                  throw new TypeError('invalid discriminant specified for NeedKind');
                }
              }
              result8.push(enum7);
            }
            var ptr9 = dataView(memory0).getInt32(base + 28, true);
            var len9 = dataView(memory0).getInt32(base + 32, true);
            var result9 = new BigUint64Array(memory0.buffer.slice(ptr9, ptr9 + len9 * 8));
            let variant11;
            switch (dataView(memory0).getUint8(base + 40, true)) {
              case 0: {
                variant11 = undefined;
                break;
              }
              case 1: {
                var ptr10 = dataView(memory0).getInt32(base + 48, true);
                var len10 = dataView(memory0).getInt32(base + 52, true);
                var result10 = new Uint8Array(memory0.buffer.slice(ptr10, ptr10 + len10 * 1));
                variant11 = {
                  bytes: result10,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 56, true)),
                  capacity: dataView(memory0).getInt32(base + 64, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 72, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant13;
            switch (dataView(memory0).getUint8(base + 80, true)) {
              case 0: {
                variant13 = undefined;
                break;
              }
              case 1: {
                var ptr12 = dataView(memory0).getInt32(base + 88, true);
                var len12 = dataView(memory0).getInt32(base + 92, true);
                var result12 = new Uint8Array(memory0.buffer.slice(ptr12, ptr12 + len12 * 1));
                variant13 = {
                  bytes: result12,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 96, true)),
                  capacity: dataView(memory0).getInt32(base + 104, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 112, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant15;
            switch (dataView(memory0).getUint8(base + 120, true)) {
              case 0: {
                variant15 = undefined;
                break;
              }
              case 1: {
                var ptr14 = dataView(memory0).getInt32(base + 128, true);
                var len14 = dataView(memory0).getInt32(base + 132, true);
                var result14 = new Uint8Array(memory0.buffer.slice(ptr14, ptr14 + len14 * 1));
                variant15 = {
                  bytes: result14,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 136, true)),
                  capacity: dataView(memory0).getInt32(base + 144, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 152, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant17;
            switch (dataView(memory0).getUint8(base + 160, true)) {
              case 0: {
                variant17 = undefined;
                break;
              }
              case 1: {
                var ptr16 = dataView(memory0).getInt32(base + 168, true);
                var len16 = dataView(memory0).getInt32(base + 172, true);
                var result16 = new Uint8Array(memory0.buffer.slice(ptr16, ptr16 + len16 * 1));
                variant17 = {
                  bytes: result16,
                  offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 176, true)),
                  capacity: dataView(memory0).getInt32(base + 184, true) >>> 0,
                  entry: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 192, true)),
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant23;
            switch (dataView(memory0).getUint8(base + 200, true)) {
              case 0: {
                variant23 = undefined;
                break;
              }
              case 1: {
                var ptr18 = dataView(memory0).getInt32(base + 264, true);
                var len18 = dataView(memory0).getInt32(base + 268, true);
                var result18 = new Uint8Array(memory0.buffer.slice(ptr18, ptr18 + len18 * 1));
                var ptr19 = dataView(memory0).getInt32(base + 272, true);
                var len19 = dataView(memory0).getInt32(base + 276, true);
                var result19 = new BigUint64Array(memory0.buffer.slice(ptr19, ptr19 + len19 * 8));
                var ptr20 = dataView(memory0).getInt32(base + 280, true);
                var len20 = dataView(memory0).getInt32(base + 284, true);
                var result20 = new Uint32Array(memory0.buffer.slice(ptr20, ptr20 + len20 * 4));
                var ptr21 = dataView(memory0).getInt32(base + 288, true);
                var len21 = dataView(memory0).getInt32(base + 292, true);
                var result21 = new Uint32Array(memory0.buffer.slice(ptr21, ptr21 + len21 * 4));
                let variant22;
                switch (dataView(memory0).getUint8(base + 296, true)) {
                  case 0: {
                    variant22 = undefined;
                    break;
                  }
                  case 1: {
                    variant22 = {
                      offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 304, true)),
                      size: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 312, true)),
                    };
                    break;
                  }
                  default: {
                    throw new TypeError('invalid variant discriminant for option');
                  }
                }
                variant23 = {
                  fileType: dataView(memory0).getInt32(base + 208, true) >>> 0,
                  headerFlags: dataView(memory0).getInt32(base + 212, true) >>> 0,
                  place: {
                    offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 216, true)),
                    size: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 224, true)),
                  },
                  commands: {
                    offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 232, true)),
                    size: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 240, true)),
                  },
                  commandCount: dataView(memory0).getInt32(base + 248, true) >>> 0,
                  padding: dataView(memory0).getInt32(base + 252, true) >>> 0,
                  currentVersion: dataView(memory0).getInt32(base + 256, true) >>> 0,
                  compatibilityVersion: dataView(memory0).getInt32(base + 260, true) >>> 0,
                  rpaths: result18,
                  rpathPlaces: result19,
                  platforms: result20,
                  neededVersions: result21,
                  signature: variant22,
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            let variant25;
            switch (dataView(memory0).getUint8(base + 320, true)) {
              case 0: {
                variant25 = undefined;
                break;
              }
              case 1: {
                let variant24;
                switch (dataView(memory0).getUint8(base + 344, true)) {
                  case 0: {
                    variant24 = undefined;
                    break;
                  }
                  case 1: {
                    variant24 = {
                      offset: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 352, true)),
                      size: BigInt.asUintN(64, dataView(memory0).getBigInt64(base + 360, true)),
                    };
                    break;
                  }
                  default: {
                    throw new TypeError('invalid variant discriminant for option');
                  }
                }
                variant25 = {
                  subsystem: clampGuest(dataView(memory0).getUint16(base + 328, true), 0, 65535),
                  characteristics: clampGuest(dataView(memory0).getUint16(base + 330, true), 0, 65535),
                  dllCharacteristics: clampGuest(dataView(memory0).getUint16(base + 332, true), 0, 65535),
                  subsystemVersion: dataView(memory0).getInt32(base + 336, true) >>> 0,
                  signature: variant24,
                };
                break;
              }
              default: {
                throw new TypeError('invalid variant discriminant for option');
              }
            }
            result26.push({
              machine: dataView(memory0).getInt32(base + 0, true) >>> 0,
              submachine: dataView(memory0).getInt32(base + 4, true) >>> 0,
              bits: clampGuest(dataView(memory0).getUint8(base + 8, true), 0, 255),
              order: enum3,
              kind: enum4,
              traits: flags5,
              needed: result6,
              neededKinds: result8,
              neededPlaces: result9,
              interpreter: variant11,
              soname: variant13,
              rpath: variant15,
              runpath: variant17,
              machO: variant23,
              pe: variant25,
            });
          }
          variant31= {
            tag: 'binary',
            val: {
              format: enum1,
              container: enum2,
              slices: result26,
            }
          };
          break;
        }
        case 1: {
          let enum27;
          switch (dataView(memory0).getUint8(ret + 8, true)) {
            case 0: {
              enum27 = 'empty';
              break;
            }
            case 1: {
              enum27 = 'unknown-format';
              break;
            }
            case 2: {
              enum27 = 'archive';
              break;
            }
            case 3: {
              enum27 = 'bitcode';
              break;
            }
            case 4: {
              enum27 = 'java-class';
              break;
            }
            case 5: {
              enum27 = 'script';
              break;
            }
            case 6: {
              enum27 = 'dos';
              break;
            }
            case 7: {
              enum27 = 'ne';
              break;
            }
            case 8: {
              enum27 = 'le';
              break;
            }
            case 9: {
              enum27 = 'coff-object';
              break;
            }
            case 10: {
              enum27 = 'wasm';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Foreign');
            }
          }
          variant31= {
            tag: 'not-binary',
            val: enum27
          };
          break;
        }
        case 2: {
          let enum28;
          switch (dataView(memory0).getUint8(ret + 8, true)) {
            case 0: {
              enum28 = 'elf';
              break;
            }
            case 1: {
              enum28 = 'mach-o';
              break;
            }
            case 2: {
              enum28 = 'pe';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Format');
            }
          }
          let enum29;
          switch (dataView(memory0).getUint8(ret + 9, true)) {
            case 0: {
              enum29 = 'file-header';
              break;
            }
            case 1: {
              enum29 = 'program-headers';
              break;
            }
            case 2: {
              enum29 = 'section-headers';
              break;
            }
            case 3: {
              enum29 = 'segment';
              break;
            }
            case 4: {
              enum29 = 'dynamic-table';
              break;
            }
            case 5: {
              enum29 = 'string-table';
              break;
            }
            case 6: {
              enum29 = 'interpreter';
              break;
            }
            case 7: {
              enum29 = 'fat-table';
              break;
            }
            case 8: {
              enum29 = 'load-commands';
              break;
            }
            case 9: {
              enum29 = 'import-table';
              break;
            }
            case 10: {
              enum29 = 'delay-import-table';
              break;
            }
            case 11: {
              enum29 = 'export-table';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Table');
            }
          }
          let enum30;
          switch (dataView(memory0).getUint8(ret + 10, true)) {
            case 0: {
              enum30 = 'ends-early';
              break;
            }
            case 1: {
              enum30 = 'unreadable';
              break;
            }
            case 2: {
              enum30 = 'bad-class';
              break;
            }
            case 3: {
              enum30 = 'bad-byte-order';
              break;
            }
            case 4: {
              enum30 = 'bad-entry-size';
              break;
            }
            case 5: {
              enum30 = 'not-mapped';
              break;
            }
            case 6: {
              enum30 = 'outside-table';
              break;
            }
            case 7: {
              enum30 = 'unterminated';
              break;
            }
            case 8: {
              enum30 = 'too-large';
              break;
            }
            case 9: {
              enum30 = 'bad-magic';
              break;
            }
            default: {
              throw new TypeError('invalid discriminant specified for Flaw');
            }
          }
          variant31= {
            tag: 'problem',
            val: {
              format: enum28,
              table: enum29,
              flaw: enum30,
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
      const retVal = variant31;
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
