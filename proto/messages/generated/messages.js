/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["stageyard"] || ($protobuf.roots["stageyard"] = {});

export const stageyard = $root.stageyard = (() => {

    /**
     * Namespace stageyard.
     * @exports stageyard
     * @namespace
     */
    const stageyard = {};

    stageyard.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof stageyard
         * @namespace
         */
        const v1 = {};

        v1.BlobRef = (function() {

            /**
             * Properties of a BlobRef.
             * @typedef {Object} stageyard.v1.BlobRef.$Properties
             * @property {Uint8Array|null} [digest] BlobRef digest
             * @property {number|Long|null} [sizeBytes] BlobRef sizeBytes
             * @property {string|null} [location] BlobRef location
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a BlobRef.
             * @memberof stageyard.v1
             * @interface IBlobRef
             * @augments stageyard.v1.BlobRef.$Properties
             * @deprecated Use stageyard.v1.BlobRef.$Properties instead.
             */

            /**
             * Shape of a BlobRef.
             * @typedef {stageyard.v1.BlobRef.$Properties} stageyard.v1.BlobRef.$Shape
             */

            /**
             * Constructs a new BlobRef.
             * @memberof stageyard.v1
             * @classdesc Represents a BlobRef.
             * @constructor
             * @param {stageyard.v1.BlobRef.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const BlobRef = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * BlobRef digest.
             * @member {Uint8Array} digest
             * @memberof stageyard.v1.BlobRef
             * @instance
             */
            BlobRef.prototype.digest = $util.newBuffer([]);

            /**
             * BlobRef sizeBytes.
             * @member {number|Long} sizeBytes
             * @memberof stageyard.v1.BlobRef
             * @instance
             */
            BlobRef.prototype.sizeBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * BlobRef location.
             * @member {string} location
             * @memberof stageyard.v1.BlobRef
             * @instance
             */
            BlobRef.prototype.location = "";

            /**
             * Encodes the specified BlobRef message. Does not implicitly {@link stageyard.v1.BlobRef.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.BlobRef
             * @static
             * @param {stageyard.v1.BlobRef.$Properties} message BlobRef message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            BlobRef.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest") && message.digest.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.digest);
                if (message.sizeBytes != null && $Object.hasOwnProperty.call(message, "sizeBytes") && (typeof message.sizeBytes === "object" ? message.sizeBytes.low || message.sizeBytes.high : message.sizeBytes !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.sizeBytes);
                if (message.location != null && $Object.hasOwnProperty.call(message, "location") && message.location !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.location);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a BlobRef message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.BlobRef
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.BlobRef & stageyard.v1.BlobRef.$Shape} BlobRef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            BlobRef.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.BlobRef();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.digest = value;
                            else
                                delete message.digest;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sizeBytes = value;
                            else
                                delete message.sizeBytes;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.location = value;
                            else
                                delete message.location;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return BlobRef;
        })();

        v1.AttemptHead = (function() {

            /**
             * Properties of an AttemptHead.
             * @typedef {Object} stageyard.v1.AttemptHead.$Properties
             * @property {string|null} [run] AttemptHead run
             * @property {number|Long|null} [generation] AttemptHead generation
             * @property {string|null} [task] AttemptHead task
             * @property {string|null} [attempt] AttemptHead attempt
             * @property {number|Long|null} [epoch] AttemptHead epoch
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an AttemptHead.
             * @memberof stageyard.v1
             * @interface IAttemptHead
             * @augments stageyard.v1.AttemptHead.$Properties
             * @deprecated Use stageyard.v1.AttemptHead.$Properties instead.
             */

            /**
             * Shape of an AttemptHead.
             * @typedef {stageyard.v1.AttemptHead.$Properties} stageyard.v1.AttemptHead.$Shape
             */

            /**
             * Constructs a new AttemptHead.
             * @memberof stageyard.v1
             * @classdesc Represents an AttemptHead.
             * @constructor
             * @param {stageyard.v1.AttemptHead.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const AttemptHead = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * AttemptHead run.
             * @member {string} run
             * @memberof stageyard.v1.AttemptHead
             * @instance
             */
            AttemptHead.prototype.run = "";

            /**
             * AttemptHead generation.
             * @member {number|Long} generation
             * @memberof stageyard.v1.AttemptHead
             * @instance
             */
            AttemptHead.prototype.generation = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * AttemptHead task.
             * @member {string} task
             * @memberof stageyard.v1.AttemptHead
             * @instance
             */
            AttemptHead.prototype.task = "";

            /**
             * AttemptHead attempt.
             * @member {string} attempt
             * @memberof stageyard.v1.AttemptHead
             * @instance
             */
            AttemptHead.prototype.attempt = "";

            /**
             * AttemptHead epoch.
             * @member {number|Long} epoch
             * @memberof stageyard.v1.AttemptHead
             * @instance
             */
            AttemptHead.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified AttemptHead message. Does not implicitly {@link stageyard.v1.AttemptHead.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.AttemptHead
             * @static
             * @param {stageyard.v1.AttemptHead.$Properties} message AttemptHead message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            AttemptHead.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.run != null && $Object.hasOwnProperty.call(message, "run") && message.run !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.run);
                if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && (typeof message.generation === "object" ? message.generation.low || message.generation.high : message.generation !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.generation);
                if (message.task != null && $Object.hasOwnProperty.call(message, "task") && message.task !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.task);
                if (message.attempt != null && $Object.hasOwnProperty.call(message, "attempt") && message.attempt !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.attempt);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.epoch);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an AttemptHead message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.AttemptHead
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.AttemptHead & stageyard.v1.AttemptHead.$Shape} AttemptHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            AttemptHead.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.AttemptHead();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.run = value;
                            else
                                delete message.run;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.generation = value;
                            else
                                delete message.generation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.task = value;
                            else
                                delete message.task;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.attempt = value;
                            else
                                delete message.attempt;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return AttemptHead;
        })();

        v1.AttemptMeasures = (function() {

            /**
             * Properties of an AttemptMeasures.
             * @typedef {Object} stageyard.v1.AttemptMeasures.$Properties
             * @property {number|Long|null} [wallMs] AttemptMeasures wallMs
             * @property {number|Long|null} [scriptMs] AttemptMeasures scriptMs
             * @property {number|Long|null} [peakMemoryBytes] AttemptMeasures peakMemoryBytes
             * @property {number|Long|null} [diskBytes] AttemptMeasures diskBytes
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an AttemptMeasures.
             * @memberof stageyard.v1
             * @interface IAttemptMeasures
             * @augments stageyard.v1.AttemptMeasures.$Properties
             * @deprecated Use stageyard.v1.AttemptMeasures.$Properties instead.
             */

            /**
             * Shape of an AttemptMeasures.
             * @typedef {stageyard.v1.AttemptMeasures.$Properties} stageyard.v1.AttemptMeasures.$Shape
             */

            /**
             * Constructs a new AttemptMeasures.
             * @memberof stageyard.v1
             * @classdesc Represents an AttemptMeasures.
             * @constructor
             * @param {stageyard.v1.AttemptMeasures.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const AttemptMeasures = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * AttemptMeasures wallMs.
             * @member {number|Long} wallMs
             * @memberof stageyard.v1.AttemptMeasures
             * @instance
             */
            AttemptMeasures.prototype.wallMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * AttemptMeasures scriptMs.
             * @member {number|Long} scriptMs
             * @memberof stageyard.v1.AttemptMeasures
             * @instance
             */
            AttemptMeasures.prototype.scriptMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * AttemptMeasures peakMemoryBytes.
             * @member {number|Long|null|undefined} peakMemoryBytes
             * @memberof stageyard.v1.AttemptMeasures
             * @instance
             */
            AttemptMeasures.prototype.peakMemoryBytes = null;

            /**
             * AttemptMeasures diskBytes.
             * @member {number|Long|null|undefined} diskBytes
             * @memberof stageyard.v1.AttemptMeasures
             * @instance
             */
            AttemptMeasures.prototype.diskBytes = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(AttemptMeasures.prototype, "_peakMemoryBytes", {
                get: $util.oneOfGetter($oneOfFields = ["peakMemoryBytes"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(AttemptMeasures.prototype, "_diskBytes", {
                get: $util.oneOfGetter($oneOfFields = ["diskBytes"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified AttemptMeasures message. Does not implicitly {@link stageyard.v1.AttemptMeasures.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.AttemptMeasures
             * @static
             * @param {stageyard.v1.AttemptMeasures.$Properties} message AttemptMeasures message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            AttemptMeasures.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.wallMs != null && $Object.hasOwnProperty.call(message, "wallMs") && (typeof message.wallMs === "object" ? message.wallMs.low || message.wallMs.high : message.wallMs !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.wallMs);
                if (message.scriptMs != null && $Object.hasOwnProperty.call(message, "scriptMs") && (typeof message.scriptMs === "object" ? message.scriptMs.low || message.scriptMs.high : message.scriptMs !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.scriptMs);
                if (message.peakMemoryBytes != null && $Object.hasOwnProperty.call(message, "peakMemoryBytes"))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.peakMemoryBytes);
                if (message.diskBytes != null && $Object.hasOwnProperty.call(message, "diskBytes"))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.diskBytes);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an AttemptMeasures message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.AttemptMeasures
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.AttemptMeasures & stageyard.v1.AttemptMeasures.$Shape} AttemptMeasures
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            AttemptMeasures.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.AttemptMeasures();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.wallMs = value;
                            else
                                delete message.wallMs;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.scriptMs = value;
                            else
                                delete message.scriptMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            message.peakMemoryBytes = reader.uint64();
                            message._peakMemoryBytes = "peakMemoryBytes";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.diskBytes = reader.uint64();
                            message._diskBytes = "diskBytes";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return AttemptMeasures;
        })();

        v1.ScalarValue = (function() {

            /**
             * Properties of a ScalarValue.
             * @typedef {Object} stageyard.v1.ScalarValue.$Properties
             * @property {string|null} [text] ScalarValue text
             * @property {number|null} [number] ScalarValue number
             * @property {boolean|null} [boolean] ScalarValue boolean
             * @property {"text"|"number"|"boolean"} [value] ScalarValue value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ScalarValue.
             * @memberof stageyard.v1
             * @interface IScalarValue
             * @augments stageyard.v1.ScalarValue.$Properties
             * @deprecated Use stageyard.v1.ScalarValue.$Properties instead.
             */

            /**
             * Narrowed shape of a ScalarValue.
             * @typedef {{
             *   text?: string|null;
             *   number?: number|null;
             *   boolean?: boolean|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ value?: undefined; text?: null; number?: null; boolean?: null }|{ value?: "text"; text: string; number?: null; boolean?: null }|{ value?: "number"; text?: null; number: number; boolean?: null }|{ value?: "boolean"; text?: null; number?: null; boolean: boolean })
             * )} stageyard.v1.ScalarValue.$Shape
             */

            /**
             * Constructs a new ScalarValue.
             * @memberof stageyard.v1
             * @classdesc Represents a ScalarValue.
             * @constructor
             * @param {stageyard.v1.ScalarValue.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ScalarValue = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ScalarValue text.
             * @member {string|null|undefined} text
             * @memberof stageyard.v1.ScalarValue
             * @instance
             */
            ScalarValue.prototype.text = null;

            /**
             * ScalarValue number.
             * @member {number|null|undefined} number
             * @memberof stageyard.v1.ScalarValue
             * @instance
             */
            ScalarValue.prototype.number = null;

            /**
             * ScalarValue boolean.
             * @member {boolean|null|undefined} boolean
             * @memberof stageyard.v1.ScalarValue
             * @instance
             */
            ScalarValue.prototype.boolean = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * ScalarValue value.
             * @member {"text"|"number"|"boolean"|undefined} value
             * @memberof stageyard.v1.ScalarValue
             * @instance
             */
            $Object.defineProperty(ScalarValue.prototype, "value", {
                get: $util.oneOfGetter($oneOfFields = ["text", "number", "boolean"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified ScalarValue message. Does not implicitly {@link stageyard.v1.ScalarValue.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.ScalarValue
             * @static
             * @param {stageyard.v1.ScalarValue.$Properties} message ScalarValue message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ScalarValue.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.text != null && $Object.hasOwnProperty.call(message, "text"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.text);
                if (message.number != null && $Object.hasOwnProperty.call(message, "number"))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.number);
                if (message.boolean != null && $Object.hasOwnProperty.call(message, "boolean"))
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.boolean);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ScalarValue message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.ScalarValue
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.ScalarValue & stageyard.v1.ScalarValue.$Shape} ScalarValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ScalarValue.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.ScalarValue();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.text = reader.stringVerify();
                            message.value = "text";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            message.number = reader.double();
                            message.value = "number";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            message.boolean = reader.bool();
                            message.value = "boolean";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ScalarValue;
        })();

        /**
         * TaskKind enum.
         * @name stageyard.v1.TaskKind
         * @enum {number}
         * @property {number} TASK_KIND_UNSPECIFIED=0 TASK_KIND_UNSPECIFIED value
         * @property {number} TASK_KIND_STAGE=1 TASK_KIND_STAGE value
         * @property {number} TASK_KIND_PACKAGE=2 TASK_KIND_PACKAGE value
         * @property {number} TASK_KIND_TEST=3 TASK_KIND_TEST value
         */
        v1.TaskKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "TASK_KIND_UNSPECIFIED"] = 0;
            values[valuesById[1] = "TASK_KIND_STAGE"] = 1;
            values[valuesById[2] = "TASK_KIND_PACKAGE"] = 2;
            values[valuesById[3] = "TASK_KIND_TEST"] = 3;
            return values;
        })();

        v1.TaskLimits = (function() {

            /**
             * Properties of a TaskLimits.
             * @typedef {Object} stageyard.v1.TaskLimits.$Properties
             * @property {number|Long|null} [wallTimeMs] TaskLimits wallTimeMs
             * @property {number|Long|null} [silentTimeMs] TaskLimits silentTimeMs
             * @property {number|Long|null} [logSizeBytesMax] TaskLimits logSizeBytesMax
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TaskLimits.
             * @memberof stageyard.v1
             * @interface ITaskLimits
             * @augments stageyard.v1.TaskLimits.$Properties
             * @deprecated Use stageyard.v1.TaskLimits.$Properties instead.
             */

            /**
             * Shape of a TaskLimits.
             * @typedef {stageyard.v1.TaskLimits.$Properties} stageyard.v1.TaskLimits.$Shape
             */

            /**
             * Constructs a new TaskLimits.
             * @memberof stageyard.v1
             * @classdesc Represents a TaskLimits.
             * @constructor
             * @param {stageyard.v1.TaskLimits.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TaskLimits = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TaskLimits wallTimeMs.
             * @member {number|Long} wallTimeMs
             * @memberof stageyard.v1.TaskLimits
             * @instance
             */
            TaskLimits.prototype.wallTimeMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TaskLimits silentTimeMs.
             * @member {number|Long} silentTimeMs
             * @memberof stageyard.v1.TaskLimits
             * @instance
             */
            TaskLimits.prototype.silentTimeMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TaskLimits logSizeBytesMax.
             * @member {number|Long} logSizeBytesMax
             * @memberof stageyard.v1.TaskLimits
             * @instance
             */
            TaskLimits.prototype.logSizeBytesMax = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified TaskLimits message. Does not implicitly {@link stageyard.v1.TaskLimits.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.TaskLimits
             * @static
             * @param {stageyard.v1.TaskLimits.$Properties} message TaskLimits message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TaskLimits.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.wallTimeMs != null && $Object.hasOwnProperty.call(message, "wallTimeMs") && (typeof message.wallTimeMs === "object" ? message.wallTimeMs.low || message.wallTimeMs.high : message.wallTimeMs !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.wallTimeMs);
                if (message.silentTimeMs != null && $Object.hasOwnProperty.call(message, "silentTimeMs") && (typeof message.silentTimeMs === "object" ? message.silentTimeMs.low || message.silentTimeMs.high : message.silentTimeMs !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.silentTimeMs);
                if (message.logSizeBytesMax != null && $Object.hasOwnProperty.call(message, "logSizeBytesMax") && (typeof message.logSizeBytesMax === "object" ? message.logSizeBytesMax.low || message.logSizeBytesMax.high : message.logSizeBytesMax !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.logSizeBytesMax);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TaskLimits message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.TaskLimits
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskLimits & stageyard.v1.TaskLimits.$Shape} TaskLimits
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TaskLimits.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.TaskLimits();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.wallTimeMs = value;
                            else
                                delete message.wallTimeMs;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.silentTimeMs = value;
                            else
                                delete message.silentTimeMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.logSizeBytesMax = value;
                            else
                                delete message.logSizeBytesMax;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return TaskLimits;
        })();

        v1.TaskRequests = (function() {

            /**
             * Properties of a TaskRequests.
             * @typedef {Object} stageyard.v1.TaskRequests.$Properties
             * @property {number|Long|null} [memoryBytes] TaskRequests memoryBytes
             * @property {number|Long|null} [diskBytes] TaskRequests diskBytes
             * @property {Array.<string>|null} [labels] TaskRequests labels
             * @property {Array.<string>|null} [secrets] TaskRequests secrets
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TaskRequests.
             * @memberof stageyard.v1
             * @interface ITaskRequests
             * @augments stageyard.v1.TaskRequests.$Properties
             * @deprecated Use stageyard.v1.TaskRequests.$Properties instead.
             */

            /**
             * Shape of a TaskRequests.
             * @typedef {stageyard.v1.TaskRequests.$Properties} stageyard.v1.TaskRequests.$Shape
             */

            /**
             * Constructs a new TaskRequests.
             * @memberof stageyard.v1
             * @classdesc Represents a TaskRequests.
             * @constructor
             * @param {stageyard.v1.TaskRequests.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TaskRequests = function (properties) {
                this.labels = [];
                this.secrets = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TaskRequests memoryBytes.
             * @member {number|Long} memoryBytes
             * @memberof stageyard.v1.TaskRequests
             * @instance
             */
            TaskRequests.prototype.memoryBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TaskRequests diskBytes.
             * @member {number|Long} diskBytes
             * @memberof stageyard.v1.TaskRequests
             * @instance
             */
            TaskRequests.prototype.diskBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TaskRequests labels.
             * @member {Array.<string>} labels
             * @memberof stageyard.v1.TaskRequests
             * @instance
             */
            TaskRequests.prototype.labels = $util.emptyArray;

            /**
             * TaskRequests secrets.
             * @member {Array.<string>} secrets
             * @memberof stageyard.v1.TaskRequests
             * @instance
             */
            TaskRequests.prototype.secrets = $util.emptyArray;

            /**
             * Encodes the specified TaskRequests message. Does not implicitly {@link stageyard.v1.TaskRequests.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.TaskRequests
             * @static
             * @param {stageyard.v1.TaskRequests.$Properties} message TaskRequests message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TaskRequests.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.memoryBytes != null && $Object.hasOwnProperty.call(message, "memoryBytes") && (typeof message.memoryBytes === "object" ? message.memoryBytes.low || message.memoryBytes.high : message.memoryBytes !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.memoryBytes);
                if (message.diskBytes != null && $Object.hasOwnProperty.call(message, "diskBytes") && (typeof message.diskBytes === "object" ? message.diskBytes.low || message.diskBytes.high : message.diskBytes !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.diskBytes);
                if (message.labels != null && message.labels.length)
                    for (let i = 0; i < message.labels.length; ++i)
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.labels[i]);
                if (message.secrets != null && message.secrets.length)
                    for (let i = 0; i < message.secrets.length; ++i)
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.secrets[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TaskRequests message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.TaskRequests
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskRequests & stageyard.v1.TaskRequests.$Shape} TaskRequests
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TaskRequests.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.TaskRequests();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.memoryBytes = value;
                            else
                                delete message.memoryBytes;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.diskBytes = value;
                            else
                                delete message.diskBytes;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.labels && message.labels.length))
                                message.labels = [];
                            message.labels.push(reader.stringVerify());
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.secrets && message.secrets.length))
                                message.secrets = [];
                            message.secrets.push(reader.stringVerify());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return TaskRequests;
        })();

        v1.TaskOffer = (function() {

            /**
             * Properties of a TaskOffer.
             * @typedef {Object} stageyard.v1.TaskOffer.$Properties
             * @property {number|null} [protocolVersion] TaskOffer protocolVersion
             * @property {stageyard.v1.AttemptHead.$Properties|null} [head] TaskOffer head
             * @property {number|Long|null} [term] TaskOffer term
             * @property {stageyard.v1.TaskKind|null} [kind] TaskOffer kind
             * @property {stageyard.v1.BlobRef.$Properties|null} [spec] TaskOffer spec
             * @property {stageyard.v1.BlobRef.$Properties|null} [inputs] TaskOffer inputs
             * @property {stageyard.v1.TaskLimits.$Properties|null} [limits] TaskOffer limits
             * @property {string|null} [trace] TaskOffer trace
             * @property {stageyard.v1.TaskRequests.$Properties|null} [requests] TaskOffer requests
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TaskOffer.
             * @memberof stageyard.v1
             * @interface ITaskOffer
             * @augments stageyard.v1.TaskOffer.$Properties
             * @deprecated Use stageyard.v1.TaskOffer.$Properties instead.
             */

            /**
             * Shape of a TaskOffer.
             * @typedef {stageyard.v1.TaskOffer.$Properties} stageyard.v1.TaskOffer.$Shape
             */

            /**
             * Constructs a new TaskOffer.
             * @memberof stageyard.v1
             * @classdesc Represents a TaskOffer.
             * @constructor
             * @param {stageyard.v1.TaskOffer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TaskOffer = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TaskOffer protocolVersion.
             * @member {number} protocolVersion
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.protocolVersion = 0;

            /**
             * TaskOffer head.
             * @member {stageyard.v1.AttemptHead.$Properties|null|undefined} head
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.head = null;

            /**
             * TaskOffer term.
             * @member {number|Long} term
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.term = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TaskOffer kind.
             * @member {stageyard.v1.TaskKind} kind
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.kind = 0;

            /**
             * TaskOffer spec.
             * @member {stageyard.v1.BlobRef.$Properties|null|undefined} spec
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.spec = null;

            /**
             * TaskOffer inputs.
             * @member {stageyard.v1.BlobRef.$Properties|null|undefined} inputs
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.inputs = null;

            /**
             * TaskOffer limits.
             * @member {stageyard.v1.TaskLimits.$Properties|null|undefined} limits
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.limits = null;

            /**
             * TaskOffer trace.
             * @member {string} trace
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.trace = "";

            /**
             * TaskOffer requests.
             * @member {stageyard.v1.TaskRequests.$Properties|null|undefined} requests
             * @memberof stageyard.v1.TaskOffer
             * @instance
             */
            TaskOffer.prototype.requests = null;

            /**
             * Encodes the specified TaskOffer message. Does not implicitly {@link stageyard.v1.TaskOffer.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.TaskOffer
             * @static
             * @param {stageyard.v1.TaskOffer.$Properties} message TaskOffer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TaskOffer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
                    $root.stageyard.v1.AttemptHead.encode(message.head, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.term != null && $Object.hasOwnProperty.call(message, "term") && (typeof message.term === "object" ? message.term.low || message.term.high : message.term !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.term);
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).int32(message.kind);
                if (message.spec != null && $Object.hasOwnProperty.call(message, "spec"))
                    $root.stageyard.v1.BlobRef.encode(message.spec, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.inputs != null && $Object.hasOwnProperty.call(message, "inputs"))
                    $root.stageyard.v1.BlobRef.encode(message.inputs, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.limits != null && $Object.hasOwnProperty.call(message, "limits"))
                    $root.stageyard.v1.TaskLimits.encode(message.limits, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.trace != null && $Object.hasOwnProperty.call(message, "trace") && message.trace !== "")
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.trace);
                if (message.requests != null && $Object.hasOwnProperty.call(message, "requests"))
                    $root.stageyard.v1.TaskRequests.encode(message.requests, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TaskOffer message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.TaskOffer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskOffer & stageyard.v1.TaskOffer.$Shape} TaskOffer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TaskOffer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.TaskOffer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolVersion = value;
                            else
                                delete message.protocolVersion;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.head = $root.stageyard.v1.AttemptHead.decode(reader, reader.size(), $undefined, _depth + 1, message.head);
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.term = value;
                            else
                                delete message.term;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.spec = $root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1, message.spec);
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.inputs = $root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1, message.inputs);
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.limits = $root.stageyard.v1.TaskLimits.decode(reader, reader.size(), $undefined, _depth + 1, message.limits);
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.trace = value;
                            else
                                delete message.trace;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.requests = $root.stageyard.v1.TaskRequests.decode(reader, reader.size(), $undefined, _depth + 1, message.requests);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return TaskOffer;
        })();

        /**
         * FailureClass enum.
         * @name stageyard.v1.FailureClass
         * @enum {number}
         * @property {number} FAILURE_CLASS_UNSPECIFIED=0 FAILURE_CLASS_UNSPECIFIED value
         * @property {number} FAILURE_CLASS_USER=1 FAILURE_CLASS_USER value
         * @property {number} FAILURE_CLASS_LIMIT=2 FAILURE_CLASS_LIMIT value
         * @property {number} FAILURE_CLASS_INFRA=3 FAILURE_CLASS_INFRA value
         * @property {number} FAILURE_CLASS_LOST=4 FAILURE_CLASS_LOST value
         * @property {number} FAILURE_CLASS_RELEASED=5 FAILURE_CLASS_RELEASED value
         * @property {number} FAILURE_CLASS_CANCELLED=6 FAILURE_CLASS_CANCELLED value
         */
        v1.FailureClass = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "FAILURE_CLASS_UNSPECIFIED"] = 0;
            values[valuesById[1] = "FAILURE_CLASS_USER"] = 1;
            values[valuesById[2] = "FAILURE_CLASS_LIMIT"] = 2;
            values[valuesById[3] = "FAILURE_CLASS_INFRA"] = 3;
            values[valuesById[4] = "FAILURE_CLASS_LOST"] = 4;
            values[valuesById[5] = "FAILURE_CLASS_RELEASED"] = 5;
            values[valuesById[6] = "FAILURE_CLASS_CANCELLED"] = 6;
            return values;
        })();

        v1.Accepted = (function() {

            /**
             * Properties of an Accepted.
             * @typedef {Object} stageyard.v1.Accepted.$Properties
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Accepted.
             * @memberof stageyard.v1
             * @interface IAccepted
             * @augments stageyard.v1.Accepted.$Properties
             * @deprecated Use stageyard.v1.Accepted.$Properties instead.
             */

            /**
             * Shape of an Accepted.
             * @typedef {stageyard.v1.Accepted.$Properties} stageyard.v1.Accepted.$Shape
             */

            /**
             * Constructs a new Accepted.
             * @memberof stageyard.v1
             * @classdesc Represents an Accepted.
             * @constructor
             * @param {stageyard.v1.Accepted.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Accepted = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Encodes the specified Accepted message. Does not implicitly {@link stageyard.v1.Accepted.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.Accepted
             * @static
             * @param {stageyard.v1.Accepted.$Properties} message Accepted message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Accepted.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Accepted message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.Accepted
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.Accepted & stageyard.v1.Accepted.$Shape} Accepted
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Accepted.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.Accepted();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    reader.skipType(tag & 7, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Accepted;
        })();

        v1.PhaseBegan = (function() {

            /**
             * Properties of a PhaseBegan.
             * @typedef {Object} stageyard.v1.PhaseBegan.$Properties
             * @property {string|null} [phase] PhaseBegan phase
             * @property {string|null} [detail] PhaseBegan detail
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PhaseBegan.
             * @memberof stageyard.v1
             * @interface IPhaseBegan
             * @augments stageyard.v1.PhaseBegan.$Properties
             * @deprecated Use stageyard.v1.PhaseBegan.$Properties instead.
             */

            /**
             * Shape of a PhaseBegan.
             * @typedef {stageyard.v1.PhaseBegan.$Properties} stageyard.v1.PhaseBegan.$Shape
             */

            /**
             * Constructs a new PhaseBegan.
             * @memberof stageyard.v1
             * @classdesc Represents a PhaseBegan.
             * @constructor
             * @param {stageyard.v1.PhaseBegan.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PhaseBegan = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PhaseBegan phase.
             * @member {string} phase
             * @memberof stageyard.v1.PhaseBegan
             * @instance
             */
            PhaseBegan.prototype.phase = "";

            /**
             * PhaseBegan detail.
             * @member {string} detail
             * @memberof stageyard.v1.PhaseBegan
             * @instance
             */
            PhaseBegan.prototype.detail = "";

            /**
             * Encodes the specified PhaseBegan message. Does not implicitly {@link stageyard.v1.PhaseBegan.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.PhaseBegan
             * @static
             * @param {stageyard.v1.PhaseBegan.$Properties} message PhaseBegan message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PhaseBegan.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.phase != null && $Object.hasOwnProperty.call(message, "phase") && message.phase !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.phase);
                if (message.detail != null && $Object.hasOwnProperty.call(message, "detail") && message.detail !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.detail);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PhaseBegan message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.PhaseBegan
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.PhaseBegan & stageyard.v1.PhaseBegan.$Shape} PhaseBegan
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PhaseBegan.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.PhaseBegan();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.phase = value;
                            else
                                delete message.phase;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.detail = value;
                            else
                                delete message.detail;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PhaseBegan;
        })();

        v1.Done = (function() {

            /**
             * Properties of a Done.
             * @typedef {Object} stageyard.v1.Done.$Properties
             * @property {stageyard.v1.BlobRef.$Properties|null} [output] Done output
             * @property {boolean|null} [reused] Done reused
             * @property {stageyard.v1.AttemptMeasures.$Properties|null} [measures] Done measures
             * @property {stageyard.v1.BlobRef.$Properties|null} [log] Done log
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Done.
             * @memberof stageyard.v1
             * @interface IDone
             * @augments stageyard.v1.Done.$Properties
             * @deprecated Use stageyard.v1.Done.$Properties instead.
             */

            /**
             * Shape of a Done.
             * @typedef {stageyard.v1.Done.$Properties} stageyard.v1.Done.$Shape
             */

            /**
             * Constructs a new Done.
             * @memberof stageyard.v1
             * @classdesc Represents a Done.
             * @constructor
             * @param {stageyard.v1.Done.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Done = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Done output.
             * @member {stageyard.v1.BlobRef.$Properties|null|undefined} output
             * @memberof stageyard.v1.Done
             * @instance
             */
            Done.prototype.output = null;

            /**
             * Done reused.
             * @member {boolean} reused
             * @memberof stageyard.v1.Done
             * @instance
             */
            Done.prototype.reused = false;

            /**
             * Done measures.
             * @member {stageyard.v1.AttemptMeasures.$Properties|null|undefined} measures
             * @memberof stageyard.v1.Done
             * @instance
             */
            Done.prototype.measures = null;

            /**
             * Done log.
             * @member {stageyard.v1.BlobRef.$Properties|null|undefined} log
             * @memberof stageyard.v1.Done
             * @instance
             */
            Done.prototype.log = null;

            /**
             * Encodes the specified Done message. Does not implicitly {@link stageyard.v1.Done.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.Done
             * @static
             * @param {stageyard.v1.Done.$Properties} message Done message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Done.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.output != null && $Object.hasOwnProperty.call(message, "output"))
                    $root.stageyard.v1.BlobRef.encode(message.output, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.reused != null && $Object.hasOwnProperty.call(message, "reused") && message.reused !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.reused);
                if (message.measures != null && $Object.hasOwnProperty.call(message, "measures"))
                    $root.stageyard.v1.AttemptMeasures.encode(message.measures, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.log != null && $Object.hasOwnProperty.call(message, "log"))
                    $root.stageyard.v1.BlobRef.encode(message.log, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Done message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.Done
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.Done & stageyard.v1.Done.$Shape} Done
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Done.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.Done();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.output = $root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1, message.output);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.reused = value;
                            else
                                delete message.reused;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.measures = $root.stageyard.v1.AttemptMeasures.decode(reader, reader.size(), $undefined, _depth + 1, message.measures);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.log = $root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1, message.log);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Done;
        })();

        v1.Failed = (function() {

            /**
             * Properties of a Failed.
             * @typedef {Object} stageyard.v1.Failed.$Properties
             * @property {stageyard.v1.FailureClass|null} ["class"] Failed class
             * @property {string|null} [code] Failed code
             * @property {string|null} [message] Failed message
             * @property {Object.<string,stageyard.v1.ScalarValue.$Properties>|null} [context] Failed context
             * @property {Array.<string>|null} [logTail] Failed logTail
             * @property {stageyard.v1.BlobRef.$Properties|null} [log] Failed log
             * @property {stageyard.v1.AttemptMeasures.$Properties|null} [measures] Failed measures
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Failed.
             * @memberof stageyard.v1
             * @interface IFailed
             * @augments stageyard.v1.Failed.$Properties
             * @deprecated Use stageyard.v1.Failed.$Properties instead.
             */

            /**
             * Shape of a Failed.
             * @typedef {{
             *   "class"?: stageyard.v1.FailureClass|null;
             *   code?: string|null;
             *   message?: string|null;
             *   context?: Object.<string,stageyard.v1.ScalarValue.$Shape>|null;
             *   logTail?: Array.<string>|null;
             *   log?: stageyard.v1.BlobRef.$Shape|null;
             *   measures?: stageyard.v1.AttemptMeasures.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} stageyard.v1.Failed.$Shape
             */

            /**
             * Constructs a new Failed.
             * @memberof stageyard.v1
             * @classdesc Represents a Failed.
             * @constructor
             * @param {stageyard.v1.Failed.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Failed = function (properties) {
                this.context = {};
                this.logTail = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Failed class.
             * @member {stageyard.v1.FailureClass} class
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype["class"] = 0;

            /**
             * Failed code.
             * @member {string} code
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype.code = "";

            /**
             * Failed message.
             * @member {string} message
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype.message = "";

            /**
             * Failed context.
             * @member {Object.<string,stageyard.v1.ScalarValue.$Properties>} context
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype.context = $util.emptyObject;

            /**
             * Failed logTail.
             * @member {Array.<string>} logTail
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype.logTail = $util.emptyArray;

            /**
             * Failed log.
             * @member {stageyard.v1.BlobRef.$Properties|null|undefined} log
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype.log = null;

            /**
             * Failed measures.
             * @member {stageyard.v1.AttemptMeasures.$Properties|null|undefined} measures
             * @memberof stageyard.v1.Failed
             * @instance
             */
            Failed.prototype.measures = null;

            /**
             * Encodes the specified Failed message. Does not implicitly {@link stageyard.v1.Failed.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.Failed
             * @static
             * @param {stageyard.v1.Failed.$Properties} message Failed message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Failed.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message["class"] != null && $Object.hasOwnProperty.call(message, "class") && message["class"] !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message["class"]);
                if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.code);
                if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.message);
                if (message.context != null && $Object.hasOwnProperty.call(message, "context"))
                    for (let keys = $Object.keys(message.context), i = 0; i < keys.length; ++i) {
                        writer.uint32(/* id 4, wireType 2 =*/34).fork().uint32(/* id 1, wireType 2 =*/10).string(keys[i]);
                        $root.stageyard.v1.ScalarValue.encode(message.context[keys[i]], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.logTail != null && message.logTail.length)
                    for (let i = 0; i < message.logTail.length; ++i)
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.logTail[i]);
                if (message.log != null && $Object.hasOwnProperty.call(message, "log"))
                    $root.stageyard.v1.BlobRef.encode(message.log, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.measures != null && $Object.hasOwnProperty.call(message, "measures"))
                    $root.stageyard.v1.AttemptMeasures.encode(message.measures, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Failed message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.Failed
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.Failed & stageyard.v1.Failed.$Shape} Failed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Failed.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, key, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.Failed();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message["class"] = value;
                            else
                                delete message["class"];
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.code = value;
                            else
                                delete message.code;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.message = value;
                            else
                                delete message.message;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (message.context === $util.emptyObject)
                                message.context = {};
                            let end2 = reader.size() + reader.pos;
                            if (end2 > reader.len)
                                throw $RangeError("index out of range");
                            reader.len = end2;
                            key = "";
                            value = null;
                            while (reader.pos < end2) {
                                let tag2 = reader.tag();
                                wireType = tag2 & 7;
                                switch (tag2 >>>= 3) {
                                case 1:
                                    if (wireType !== 2)
                                        break;
                                    key = reader.stringVerify();
                                    continue;
                                case 2:
                                    if (wireType !== 2)
                                        break;
                                    value = $root.stageyard.v1.ScalarValue.decode(reader, reader.size(), $undefined, _depth + 1, value);
                                    continue;
                                }
                                reader.skipType(wireType, _depth, tag2);
                            }
                            if (reader.pos !== end2)
                                throw $RangeError("index out of range");
                            reader.len = end;
                            if (key === "__proto__")
                                $util.makeProp(message.context, key);
                            message.context[key] = value || new $root.stageyard.v1.ScalarValue();
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.logTail && message.logTail.length))
                                message.logTail = [];
                            message.logTail.push(reader.stringVerify());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.log = $root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1, message.log);
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.measures = $root.stageyard.v1.AttemptMeasures.decode(reader, reader.size(), $undefined, _depth + 1, message.measures);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Failed;
        })();

        v1.TaskEvent = (function() {

            /**
             * Properties of a TaskEvent.
             * @typedef {Object} stageyard.v1.TaskEvent.$Properties
             * @property {number|null} [protocolVersion] TaskEvent protocolVersion
             * @property {stageyard.v1.AttemptHead.$Properties|null} [head] TaskEvent head
             * @property {string|null} [worker] TaskEvent worker
             * @property {number|null} [sequence] TaskEvent sequence
             * @property {number|Long|null} [atMs] TaskEvent atMs
             * @property {stageyard.v1.Accepted.$Properties|null} [accepted] TaskEvent accepted
             * @property {stageyard.v1.PhaseBegan.$Properties|null} [phase] TaskEvent phase
             * @property {stageyard.v1.Done.$Properties|null} [done] TaskEvent done
             * @property {stageyard.v1.Failed.$Properties|null} [failed] TaskEvent failed
             * @property {"accepted"|"phase"|"done"|"failed"} [body] TaskEvent body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TaskEvent.
             * @memberof stageyard.v1
             * @interface ITaskEvent
             * @augments stageyard.v1.TaskEvent.$Properties
             * @deprecated Use stageyard.v1.TaskEvent.$Properties instead.
             */

            /**
             * Narrowed shape of a TaskEvent.
             * @typedef {{
             *   protocolVersion?: number|null;
             *   head?: stageyard.v1.AttemptHead.$Shape|null;
             *   worker?: string|null;
             *   sequence?: number|null;
             *   atMs?: number|Long|null;
             *   accepted?: stageyard.v1.Accepted.$Shape|null;
             *   phase?: stageyard.v1.PhaseBegan.$Shape|null;
             *   done?: stageyard.v1.Done.$Shape|null;
             *   failed?: stageyard.v1.Failed.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; accepted?: null; phase?: null; done?: null; failed?: null }|{ body?: "accepted"; accepted: stageyard.v1.Accepted.$Shape; phase?: null; done?: null; failed?: null }|{ body?: "phase"; accepted?: null; phase: stageyard.v1.PhaseBegan.$Shape; done?: null; failed?: null }|{ body?: "done"; accepted?: null; phase?: null; done: stageyard.v1.Done.$Shape; failed?: null }|{ body?: "failed"; accepted?: null; phase?: null; done?: null; failed: stageyard.v1.Failed.$Shape })
             * )} stageyard.v1.TaskEvent.$Shape
             */

            /**
             * Constructs a new TaskEvent.
             * @memberof stageyard.v1
             * @classdesc Represents a TaskEvent.
             * @constructor
             * @param {stageyard.v1.TaskEvent.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TaskEvent = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TaskEvent protocolVersion.
             * @member {number} protocolVersion
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.protocolVersion = 0;

            /**
             * TaskEvent head.
             * @member {stageyard.v1.AttemptHead.$Properties|null|undefined} head
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.head = null;

            /**
             * TaskEvent worker.
             * @member {string} worker
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.worker = "";

            /**
             * TaskEvent sequence.
             * @member {number} sequence
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.sequence = 0;

            /**
             * TaskEvent atMs.
             * @member {number|Long} atMs
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.atMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TaskEvent accepted.
             * @member {stageyard.v1.Accepted.$Properties|null|undefined} accepted
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.accepted = null;

            /**
             * TaskEvent phase.
             * @member {stageyard.v1.PhaseBegan.$Properties|null|undefined} phase
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.phase = null;

            /**
             * TaskEvent done.
             * @member {stageyard.v1.Done.$Properties|null|undefined} done
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.done = null;

            /**
             * TaskEvent failed.
             * @member {stageyard.v1.Failed.$Properties|null|undefined} failed
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            TaskEvent.prototype.failed = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * TaskEvent body.
             * @member {"accepted"|"phase"|"done"|"failed"|undefined} body
             * @memberof stageyard.v1.TaskEvent
             * @instance
             */
            $Object.defineProperty(TaskEvent.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["accepted", "phase", "done", "failed"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified TaskEvent message. Does not implicitly {@link stageyard.v1.TaskEvent.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.TaskEvent
             * @static
             * @param {stageyard.v1.TaskEvent.$Properties} message TaskEvent message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TaskEvent.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
                    $root.stageyard.v1.AttemptHead.encode(message.head, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.worker != null && $Object.hasOwnProperty.call(message, "worker") && message.worker !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.worker);
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.sequence);
                if (message.atMs != null && $Object.hasOwnProperty.call(message, "atMs") && (typeof message.atMs === "object" ? message.atMs.low || message.atMs.high : message.atMs !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.atMs);
                if (message.accepted != null && $Object.hasOwnProperty.call(message, "accepted"))
                    $root.stageyard.v1.Accepted.encode(message.accepted, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.phase != null && $Object.hasOwnProperty.call(message, "phase"))
                    $root.stageyard.v1.PhaseBegan.encode(message.phase, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.done != null && $Object.hasOwnProperty.call(message, "done"))
                    $root.stageyard.v1.Done.encode(message.done, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.failed != null && $Object.hasOwnProperty.call(message, "failed"))
                    $root.stageyard.v1.Failed.encode(message.failed, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TaskEvent message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.TaskEvent
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskEvent & stageyard.v1.TaskEvent.$Shape} TaskEvent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TaskEvent.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.TaskEvent();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolVersion = value;
                            else
                                delete message.protocolVersion;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.head = $root.stageyard.v1.AttemptHead.decode(reader, reader.size(), $undefined, _depth + 1, message.head);
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.worker = value;
                            else
                                delete message.worker;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.atMs = value;
                            else
                                delete message.atMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.accepted = $root.stageyard.v1.Accepted.decode(reader, reader.size(), $undefined, _depth + 1, message.accepted);
                            message.body = "accepted";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.phase = $root.stageyard.v1.PhaseBegan.decode(reader, reader.size(), $undefined, _depth + 1, message.phase);
                            message.body = "phase";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.done = $root.stageyard.v1.Done.decode(reader, reader.size(), $undefined, _depth + 1, message.done);
                            message.body = "done";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.failed = $root.stageyard.v1.Failed.decode(reader, reader.size(), $undefined, _depth + 1, message.failed);
                            message.body = "failed";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return TaskEvent;
        })();

        /**
         * FileKind enum.
         * @name stageyard.v1.FileKind
         * @enum {number}
         * @property {number} FILE_KIND_UNSPECIFIED=0 FILE_KIND_UNSPECIFIED value
         * @property {number} FILE_KIND_FILE=1 FILE_KIND_FILE value
         * @property {number} FILE_KIND_SYMLINK=2 FILE_KIND_SYMLINK value
         * @property {number} FILE_KIND_DIRECTORY=3 FILE_KIND_DIRECTORY value
         */
        v1.FileKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "FILE_KIND_UNSPECIFIED"] = 0;
            values[valuesById[1] = "FILE_KIND_FILE"] = 1;
            values[valuesById[2] = "FILE_KIND_SYMLINK"] = 2;
            values[valuesById[3] = "FILE_KIND_DIRECTORY"] = 3;
            return values;
        })();

        /**
         * PathOwner enum.
         * @name stageyard.v1.PathOwner
         * @enum {number}
         * @property {number} PATH_OWNER_UNSPECIFIED=0 PATH_OWNER_UNSPECIFIED value
         * @property {number} PATH_OWNER_PREFIX=1 PATH_OWNER_PREFIX value
         * @property {number} PATH_OWNER_WORK=2 PATH_OWNER_WORK value
         */
        v1.PathOwner = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PATH_OWNER_UNSPECIFIED"] = 0;
            values[valuesById[1] = "PATH_OWNER_PREFIX"] = 1;
            values[valuesById[2] = "PATH_OWNER_WORK"] = 2;
            return values;
        })();

        /**
         * RewriteMode enum.
         * @name stageyard.v1.RewriteMode
         * @enum {number}
         * @property {number} REWRITE_MODE_UNSPECIFIED=0 REWRITE_MODE_UNSPECIFIED value
         * @property {number} REWRITE_MODE_TEXT=1 REWRITE_MODE_TEXT value
         * @property {number} REWRITE_MODE_BINARY=2 REWRITE_MODE_BINARY value
         */
        v1.RewriteMode = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "REWRITE_MODE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "REWRITE_MODE_TEXT"] = 1;
            values[valuesById[2] = "REWRITE_MODE_BINARY"] = 2;
            return values;
        })();

        v1.PathOccurrence = (function() {

            /**
             * Properties of a PathOccurrence.
             * @typedef {Object} stageyard.v1.PathOccurrence.$Properties
             * @property {stageyard.v1.PathOwner|null} [of] PathOccurrence of
             * @property {stageyard.v1.RewriteMode|null} [mode] PathOccurrence mode
             * @property {Array.<number>|null} [offsetGaps] PathOccurrence offsetGaps
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PathOccurrence.
             * @memberof stageyard.v1
             * @interface IPathOccurrence
             * @augments stageyard.v1.PathOccurrence.$Properties
             * @deprecated Use stageyard.v1.PathOccurrence.$Properties instead.
             */

            /**
             * Shape of a PathOccurrence.
             * @typedef {stageyard.v1.PathOccurrence.$Properties} stageyard.v1.PathOccurrence.$Shape
             */

            /**
             * Constructs a new PathOccurrence.
             * @memberof stageyard.v1
             * @classdesc Represents a PathOccurrence.
             * @constructor
             * @param {stageyard.v1.PathOccurrence.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PathOccurrence = function (properties) {
                this.offsetGaps = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PathOccurrence of.
             * @member {stageyard.v1.PathOwner} of
             * @memberof stageyard.v1.PathOccurrence
             * @instance
             */
            PathOccurrence.prototype.of = 0;

            /**
             * PathOccurrence mode.
             * @member {stageyard.v1.RewriteMode} mode
             * @memberof stageyard.v1.PathOccurrence
             * @instance
             */
            PathOccurrence.prototype.mode = 0;

            /**
             * PathOccurrence offsetGaps.
             * @member {Array.<number>} offsetGaps
             * @memberof stageyard.v1.PathOccurrence
             * @instance
             */
            PathOccurrence.prototype.offsetGaps = $util.emptyArray;

            /**
             * Encodes the specified PathOccurrence message. Does not implicitly {@link stageyard.v1.PathOccurrence.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.PathOccurrence
             * @static
             * @param {stageyard.v1.PathOccurrence.$Properties} message PathOccurrence message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PathOccurrence.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.of != null && $Object.hasOwnProperty.call(message, "of") && message.of !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.of);
                if (message.mode != null && $Object.hasOwnProperty.call(message, "mode") && message.mode !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.mode);
                if (message.offsetGaps != null && message.offsetGaps.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).uint32s(message.offsetGaps);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PathOccurrence message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.PathOccurrence
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.PathOccurrence & stageyard.v1.PathOccurrence.$Shape} PathOccurrence
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PathOccurrence.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.PathOccurrence();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.of = value;
                            else
                                delete message.of;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.mode = value;
                            else
                                delete message.mode;
                            continue;
                        }
                    case 3: {
                            if (wireType === 2) {
                                if (!(message.offsetGaps && message.offsetGaps.length))
                                    message.offsetGaps = [];
                                reader.uint32s(message.offsetGaps);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.offsetGaps && message.offsetGaps.length))
                                message.offsetGaps = [];
                            message.offsetGaps.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PathOccurrence;
        })();

        v1.SnapshotFile = (function() {

            /**
             * Properties of a SnapshotFile.
             * @typedef {Object} stageyard.v1.SnapshotFile.$Properties
             * @property {string|null} [path] SnapshotFile path
             * @property {stageyard.v1.FileKind|null} [kind] SnapshotFile kind
             * @property {number|null} [mode] SnapshotFile mode
             * @property {number|Long|null} [sizeBytes] SnapshotFile sizeBytes
             * @property {Uint8Array|null} [digest] SnapshotFile digest
             * @property {string|null} [linkTarget] SnapshotFile linkTarget
             * @property {Array.<stageyard.v1.PathOccurrence.$Properties>|null} [occurrences] SnapshotFile occurrences
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotFile.
             * @memberof stageyard.v1
             * @interface ISnapshotFile
             * @augments stageyard.v1.SnapshotFile.$Properties
             * @deprecated Use stageyard.v1.SnapshotFile.$Properties instead.
             */

            /**
             * Shape of a SnapshotFile.
             * @typedef {stageyard.v1.SnapshotFile.$Properties} stageyard.v1.SnapshotFile.$Shape
             */

            /**
             * Constructs a new SnapshotFile.
             * @memberof stageyard.v1
             * @classdesc Represents a SnapshotFile.
             * @constructor
             * @param {stageyard.v1.SnapshotFile.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotFile = function (properties) {
                this.occurrences = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotFile path.
             * @member {string} path
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.path = "";

            /**
             * SnapshotFile kind.
             * @member {stageyard.v1.FileKind} kind
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.kind = 0;

            /**
             * SnapshotFile mode.
             * @member {number} mode
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.mode = 0;

            /**
             * SnapshotFile sizeBytes.
             * @member {number|Long} sizeBytes
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.sizeBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * SnapshotFile digest.
             * @member {Uint8Array} digest
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.digest = $util.newBuffer([]);

            /**
             * SnapshotFile linkTarget.
             * @member {string|null|undefined} linkTarget
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.linkTarget = null;

            /**
             * SnapshotFile occurrences.
             * @member {Array.<stageyard.v1.PathOccurrence.$Properties>} occurrences
             * @memberof stageyard.v1.SnapshotFile
             * @instance
             */
            SnapshotFile.prototype.occurrences = $util.emptyArray;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(SnapshotFile.prototype, "_linkTarget", {
                get: $util.oneOfGetter($oneOfFields = ["linkTarget"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified SnapshotFile message. Does not implicitly {@link stageyard.v1.SnapshotFile.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.SnapshotFile
             * @static
             * @param {stageyard.v1.SnapshotFile.$Properties} message SnapshotFile message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotFile.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.path);
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.kind);
                if (message.mode != null && $Object.hasOwnProperty.call(message, "mode") && message.mode !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.mode);
                if (message.sizeBytes != null && $Object.hasOwnProperty.call(message, "sizeBytes") && (typeof message.sizeBytes === "object" ? message.sizeBytes.low || message.sizeBytes.high : message.sizeBytes !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.sizeBytes);
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest") && message.digest.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.digest);
                if (message.linkTarget != null && $Object.hasOwnProperty.call(message, "linkTarget"))
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.linkTarget);
                if (message.occurrences != null && message.occurrences.length)
                    for (let i = 0; i < message.occurrences.length; ++i)
                        $root.stageyard.v1.PathOccurrence.encode(message.occurrences[i], writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotFile message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.SnapshotFile
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotFile & stageyard.v1.SnapshotFile.$Shape} SnapshotFile
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotFile.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.SnapshotFile();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.mode = value;
                            else
                                delete message.mode;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sizeBytes = value;
                            else
                                delete message.sizeBytes;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.digest = value;
                            else
                                delete message.digest;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.linkTarget = reader.stringVerify();
                            message._linkTarget = "linkTarget";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.occurrences && message.occurrences.length))
                                message.occurrences = [];
                            message.occurrences.push($root.stageyard.v1.PathOccurrence.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SnapshotFile;
        })();

        v1.SnapshotLayer = (function() {

            /**
             * Properties of a SnapshotLayer.
             * @typedef {Object} stageyard.v1.SnapshotLayer.$Properties
             * @property {stageyard.v1.BlobRef.$Properties|null} [blob] SnapshotLayer blob
             * @property {Array.<stageyard.v1.SnapshotFile.$Properties>|null} [files] SnapshotLayer files
             * @property {Array.<stageyard.v1.BlobRef.$Properties>|null} [fileLists] SnapshotLayer fileLists
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotLayer.
             * @memberof stageyard.v1
             * @interface ISnapshotLayer
             * @augments stageyard.v1.SnapshotLayer.$Properties
             * @deprecated Use stageyard.v1.SnapshotLayer.$Properties instead.
             */

            /**
             * Shape of a SnapshotLayer.
             * @typedef {stageyard.v1.SnapshotLayer.$Properties} stageyard.v1.SnapshotLayer.$Shape
             */

            /**
             * Constructs a new SnapshotLayer.
             * @memberof stageyard.v1
             * @classdesc Represents a SnapshotLayer.
             * @constructor
             * @param {stageyard.v1.SnapshotLayer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotLayer = function (properties) {
                this.files = [];
                this.fileLists = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotLayer blob.
             * @member {stageyard.v1.BlobRef.$Properties|null|undefined} blob
             * @memberof stageyard.v1.SnapshotLayer
             * @instance
             */
            SnapshotLayer.prototype.blob = null;

            /**
             * SnapshotLayer files.
             * @member {Array.<stageyard.v1.SnapshotFile.$Properties>} files
             * @memberof stageyard.v1.SnapshotLayer
             * @instance
             */
            SnapshotLayer.prototype.files = $util.emptyArray;

            /**
             * SnapshotLayer fileLists.
             * @member {Array.<stageyard.v1.BlobRef.$Properties>} fileLists
             * @memberof stageyard.v1.SnapshotLayer
             * @instance
             */
            SnapshotLayer.prototype.fileLists = $util.emptyArray;

            /**
             * Encodes the specified SnapshotLayer message. Does not implicitly {@link stageyard.v1.SnapshotLayer.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.SnapshotLayer
             * @static
             * @param {stageyard.v1.SnapshotLayer.$Properties} message SnapshotLayer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotLayer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.blob != null && $Object.hasOwnProperty.call(message, "blob"))
                    $root.stageyard.v1.BlobRef.encode(message.blob, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.files != null && message.files.length)
                    for (let i = 0; i < message.files.length; ++i)
                        $root.stageyard.v1.SnapshotFile.encode(message.files[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.fileLists != null && message.fileLists.length)
                    for (let i = 0; i < message.fileLists.length; ++i)
                        $root.stageyard.v1.BlobRef.encode(message.fileLists[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotLayer message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.SnapshotLayer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotLayer & stageyard.v1.SnapshotLayer.$Shape} SnapshotLayer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotLayer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.SnapshotLayer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.blob = $root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1, message.blob);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.files && message.files.length))
                                message.files = [];
                            message.files.push($root.stageyard.v1.SnapshotFile.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.fileLists && message.fileLists.length))
                                message.fileLists = [];
                            message.fileLists.push($root.stageyard.v1.BlobRef.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SnapshotLayer;
        })();

        v1.SnapshotFileList = (function() {

            /**
             * Properties of a SnapshotFileList.
             * @typedef {Object} stageyard.v1.SnapshotFileList.$Properties
             * @property {Array.<stageyard.v1.SnapshotFile.$Properties>|null} [files] SnapshotFileList files
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotFileList.
             * @memberof stageyard.v1
             * @interface ISnapshotFileList
             * @augments stageyard.v1.SnapshotFileList.$Properties
             * @deprecated Use stageyard.v1.SnapshotFileList.$Properties instead.
             */

            /**
             * Shape of a SnapshotFileList.
             * @typedef {stageyard.v1.SnapshotFileList.$Properties} stageyard.v1.SnapshotFileList.$Shape
             */

            /**
             * Constructs a new SnapshotFileList.
             * @memberof stageyard.v1
             * @classdesc Represents a SnapshotFileList.
             * @constructor
             * @param {stageyard.v1.SnapshotFileList.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotFileList = function (properties) {
                this.files = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotFileList files.
             * @member {Array.<stageyard.v1.SnapshotFile.$Properties>} files
             * @memberof stageyard.v1.SnapshotFileList
             * @instance
             */
            SnapshotFileList.prototype.files = $util.emptyArray;

            /**
             * Encodes the specified SnapshotFileList message. Does not implicitly {@link stageyard.v1.SnapshotFileList.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.SnapshotFileList
             * @static
             * @param {stageyard.v1.SnapshotFileList.$Properties} message SnapshotFileList message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotFileList.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.files != null && message.files.length)
                    for (let i = 0; i < message.files.length; ++i)
                        $root.stageyard.v1.SnapshotFile.encode(message.files[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotFileList message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.SnapshotFileList
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotFileList & stageyard.v1.SnapshotFileList.$Shape} SnapshotFileList
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotFileList.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.SnapshotFileList();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.files && message.files.length))
                                message.files = [];
                            message.files.push($root.stageyard.v1.SnapshotFile.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SnapshotFileList;
        })();

        /**
         * PackageNature enum.
         * @name stageyard.v1.PackageNature
         * @enum {number}
         * @property {number} PACKAGE_NATURE_UNSPECIFIED=0 PACKAGE_NATURE_UNSPECIFIED value
         * @property {number} PACKAGE_NATURE_INTERPRETER=1 PACKAGE_NATURE_INTERPRETER value
         * @property {number} PACKAGE_NATURE_DSO_LIBRARY=2 PACKAGE_NATURE_DSO_LIBRARY value
         * @property {number} PACKAGE_NATURE_PLUGIN_LIBRARY=3 PACKAGE_NATURE_PLUGIN_LIBRARY value
         * @property {number} PACKAGE_NATURE_INTERPRETED_LIBRARY=4 PACKAGE_NATURE_INTERPRETED_LIBRARY value
         * @property {number} PACKAGE_NATURE_NON_LIBRARY=5 PACKAGE_NATURE_NON_LIBRARY value
         */
        v1.PackageNature = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PACKAGE_NATURE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "PACKAGE_NATURE_INTERPRETER"] = 1;
            values[valuesById[2] = "PACKAGE_NATURE_DSO_LIBRARY"] = 2;
            values[valuesById[3] = "PACKAGE_NATURE_PLUGIN_LIBRARY"] = 3;
            values[valuesById[4] = "PACKAGE_NATURE_INTERPRETED_LIBRARY"] = 4;
            values[valuesById[5] = "PACKAGE_NATURE_NON_LIBRARY"] = 5;
            return values;
        })();

        /**
         * LibraryOrigin enum.
         * @name stageyard.v1.LibraryOrigin
         * @enum {number}
         * @property {number} LIBRARY_ORIGIN_UNSPECIFIED=0 LIBRARY_ORIGIN_UNSPECIFIED value
         * @property {number} LIBRARY_ORIGIN_HOST=1 LIBRARY_ORIGIN_HOST value
         * @property {number} LIBRARY_ORIGIN_BUILD=2 LIBRARY_ORIGIN_BUILD value
         * @property {number} LIBRARY_ORIGIN_SYSROOT=3 LIBRARY_ORIGIN_SYSROOT value
         */
        v1.LibraryOrigin = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "LIBRARY_ORIGIN_UNSPECIFIED"] = 0;
            values[valuesById[1] = "LIBRARY_ORIGIN_HOST"] = 1;
            values[valuesById[2] = "LIBRARY_ORIGIN_BUILD"] = 2;
            values[valuesById[3] = "LIBRARY_ORIGIN_SYSROOT"] = 3;
            return values;
        })();

        v1.LibraryMapEntry = (function() {

            /**
             * Properties of a LibraryMapEntry.
             * @typedef {Object} stageyard.v1.LibraryMapEntry.$Properties
             * @property {string|null} [fileName] LibraryMapEntry fileName
             * @property {string|null} [path] LibraryMapEntry path
             * @property {string|null} [soname] LibraryMapEntry soname
             * @property {string|null} ["package"] LibraryMapEntry package
             * @property {string|null} [version] LibraryMapEntry version
             * @property {string|null} [build] LibraryMapEntry build
             * @property {stageyard.v1.PackageNature|null} [nature] LibraryMapEntry nature
             * @property {stageyard.v1.LibraryOrigin|null} [from] LibraryMapEntry from
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LibraryMapEntry.
             * @memberof stageyard.v1
             * @interface ILibraryMapEntry
             * @augments stageyard.v1.LibraryMapEntry.$Properties
             * @deprecated Use stageyard.v1.LibraryMapEntry.$Properties instead.
             */

            /**
             * Shape of a LibraryMapEntry.
             * @typedef {stageyard.v1.LibraryMapEntry.$Properties} stageyard.v1.LibraryMapEntry.$Shape
             */

            /**
             * Constructs a new LibraryMapEntry.
             * @memberof stageyard.v1
             * @classdesc Represents a LibraryMapEntry.
             * @constructor
             * @param {stageyard.v1.LibraryMapEntry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LibraryMapEntry = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LibraryMapEntry fileName.
             * @member {string} fileName
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.fileName = "";

            /**
             * LibraryMapEntry path.
             * @member {string} path
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.path = "";

            /**
             * LibraryMapEntry soname.
             * @member {string|null|undefined} soname
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.soname = null;

            /**
             * LibraryMapEntry package.
             * @member {string} package
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype["package"] = "";

            /**
             * LibraryMapEntry version.
             * @member {string} version
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.version = "";

            /**
             * LibraryMapEntry build.
             * @member {string} build
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.build = "";

            /**
             * LibraryMapEntry nature.
             * @member {stageyard.v1.PackageNature} nature
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.nature = 0;

            /**
             * LibraryMapEntry from.
             * @member {stageyard.v1.LibraryOrigin} from
             * @memberof stageyard.v1.LibraryMapEntry
             * @instance
             */
            LibraryMapEntry.prototype.from = 0;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(LibraryMapEntry.prototype, "_soname", {
                get: $util.oneOfGetter($oneOfFields = ["soname"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified LibraryMapEntry message. Does not implicitly {@link stageyard.v1.LibraryMapEntry.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.LibraryMapEntry
             * @static
             * @param {stageyard.v1.LibraryMapEntry.$Properties} message LibraryMapEntry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LibraryMapEntry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.fileName != null && $Object.hasOwnProperty.call(message, "fileName") && message.fileName !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.fileName);
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.path);
                if (message.soname != null && $Object.hasOwnProperty.call(message, "soname"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.soname);
                if (message["package"] != null && $Object.hasOwnProperty.call(message, "package") && message["package"] !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message["package"]);
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.version);
                if (message.build != null && $Object.hasOwnProperty.call(message, "build") && message.build !== "")
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.build);
                if (message.nature != null && $Object.hasOwnProperty.call(message, "nature") && message.nature !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).int32(message.nature);
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).int32(message.from);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LibraryMapEntry message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.LibraryMapEntry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.LibraryMapEntry & stageyard.v1.LibraryMapEntry.$Shape} LibraryMapEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LibraryMapEntry.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.LibraryMapEntry();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.fileName = value;
                            else
                                delete message.fileName;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.soname = reader.stringVerify();
                            message._soname = "soname";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message["package"] = value;
                            else
                                delete message["package"];
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.build = value;
                            else
                                delete message.build;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.nature = value;
                            else
                                delete message.nature;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return LibraryMapEntry;
        })();

        v1.LibraryMap = (function() {

            /**
             * Properties of a LibraryMap.
             * @typedef {Object} stageyard.v1.LibraryMap.$Properties
             * @property {number|null} [version] LibraryMap version
             * @property {Array.<stageyard.v1.LibraryMapEntry.$Properties>|null} [entries] LibraryMap entries
             * @property {boolean|null} [hasSysroot] LibraryMap hasSysroot
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LibraryMap.
             * @memberof stageyard.v1
             * @interface ILibraryMap
             * @augments stageyard.v1.LibraryMap.$Properties
             * @deprecated Use stageyard.v1.LibraryMap.$Properties instead.
             */

            /**
             * Shape of a LibraryMap.
             * @typedef {stageyard.v1.LibraryMap.$Properties} stageyard.v1.LibraryMap.$Shape
             */

            /**
             * Constructs a new LibraryMap.
             * @memberof stageyard.v1
             * @classdesc Represents a LibraryMap.
             * @constructor
             * @param {stageyard.v1.LibraryMap.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LibraryMap = function (properties) {
                this.entries = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LibraryMap version.
             * @member {number} version
             * @memberof stageyard.v1.LibraryMap
             * @instance
             */
            LibraryMap.prototype.version = 0;

            /**
             * LibraryMap entries.
             * @member {Array.<stageyard.v1.LibraryMapEntry.$Properties>} entries
             * @memberof stageyard.v1.LibraryMap
             * @instance
             */
            LibraryMap.prototype.entries = $util.emptyArray;

            /**
             * LibraryMap hasSysroot.
             * @member {boolean} hasSysroot
             * @memberof stageyard.v1.LibraryMap
             * @instance
             */
            LibraryMap.prototype.hasSysroot = false;

            /**
             * Encodes the specified LibraryMap message. Does not implicitly {@link stageyard.v1.LibraryMap.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.LibraryMap
             * @static
             * @param {stageyard.v1.LibraryMap.$Properties} message LibraryMap message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LibraryMap.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
                if (message.entries != null && message.entries.length)
                    for (let i = 0; i < message.entries.length; ++i)
                        $root.stageyard.v1.LibraryMapEntry.encode(message.entries[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.hasSysroot != null && $Object.hasOwnProperty.call(message, "hasSysroot") && message.hasSysroot !== false)
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.hasSysroot);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LibraryMap message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.LibraryMap
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.LibraryMap & stageyard.v1.LibraryMap.$Shape} LibraryMap
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LibraryMap.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.LibraryMap();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.entries && message.entries.length))
                                message.entries = [];
                            message.entries.push($root.stageyard.v1.LibraryMapEntry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.hasSysroot = value;
                            else
                                delete message.hasSysroot;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return LibraryMap;
        })();

        v1.IgnoreLists = (function() {

            /**
             * Properties of an IgnoreLists.
             * @typedef {Object} stageyard.v1.IgnoreLists.$Properties
             * @property {Array.<string>|null} [byName] IgnoreLists byName
             * @property {Array.<string>|null} [fromPackage] IgnoreLists fromPackage
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an IgnoreLists.
             * @memberof stageyard.v1
             * @interface IIgnoreLists
             * @augments stageyard.v1.IgnoreLists.$Properties
             * @deprecated Use stageyard.v1.IgnoreLists.$Properties instead.
             */

            /**
             * Shape of an IgnoreLists.
             * @typedef {stageyard.v1.IgnoreLists.$Properties} stageyard.v1.IgnoreLists.$Shape
             */

            /**
             * Constructs a new IgnoreLists.
             * @memberof stageyard.v1
             * @classdesc Represents an IgnoreLists.
             * @constructor
             * @param {stageyard.v1.IgnoreLists.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const IgnoreLists = function (properties) {
                this.byName = [];
                this.fromPackage = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * IgnoreLists byName.
             * @member {Array.<string>} byName
             * @memberof stageyard.v1.IgnoreLists
             * @instance
             */
            IgnoreLists.prototype.byName = $util.emptyArray;

            /**
             * IgnoreLists fromPackage.
             * @member {Array.<string>} fromPackage
             * @memberof stageyard.v1.IgnoreLists
             * @instance
             */
            IgnoreLists.prototype.fromPackage = $util.emptyArray;

            /**
             * Encodes the specified IgnoreLists message. Does not implicitly {@link stageyard.v1.IgnoreLists.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.IgnoreLists
             * @static
             * @param {stageyard.v1.IgnoreLists.$Properties} message IgnoreLists message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            IgnoreLists.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.byName != null && message.byName.length)
                    for (let i = 0; i < message.byName.length; ++i)
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.byName[i]);
                if (message.fromPackage != null && message.fromPackage.length)
                    for (let i = 0; i < message.fromPackage.length; ++i)
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.fromPackage[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an IgnoreLists message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.IgnoreLists
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.IgnoreLists & stageyard.v1.IgnoreLists.$Shape} IgnoreLists
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            IgnoreLists.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.IgnoreLists();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.byName && message.byName.length))
                                message.byName = [];
                            message.byName.push(reader.stringVerify());
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.fromPackage && message.fromPackage.length))
                                message.fromPackage = [];
                            message.fromPackage.push(reader.stringVerify());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return IgnoreLists;
        })();

        v1.SnapshotManifest = (function() {

            /**
             * Properties of a SnapshotManifest.
             * @typedef {Object} stageyard.v1.SnapshotManifest.$Properties
             * @property {number|null} [schema] SnapshotManifest schema
             * @property {string|null} [stagingName] SnapshotManifest stagingName
             * @property {Object.<string,stageyard.v1.ScalarValue.$Properties>|null} [variant] SnapshotManifest variant
             * @property {string|null} [prefixPath] SnapshotManifest prefixPath
             * @property {string|null} [workPath] SnapshotManifest workPath
             * @property {stageyard.v1.SnapshotLayer.$Properties|null} [prefix] SnapshotManifest prefix
             * @property {stageyard.v1.SnapshotLayer.$Properties|null} [work] SnapshotManifest work
             * @property {string|null} [environmentsJson] SnapshotManifest environmentsJson
             * @property {string|null} [sourcesJson] SnapshotManifest sourcesJson
             * @property {string|null} [exportsJson] SnapshotManifest exportsJson
             * @property {stageyard.v1.IgnoreLists.$Properties|null} [ignoreRunExports] SnapshotManifest ignoreRunExports
             * @property {stageyard.v1.LibraryMap.$Properties|null} [libraryMap] SnapshotManifest libraryMap
             * @property {Array.<string>|null} [unrewritable] SnapshotManifest unrewritable
             * @property {string|null} [irreproducibleBecause] SnapshotManifest irreproducibleBecause
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotManifest.
             * @memberof stageyard.v1
             * @interface ISnapshotManifest
             * @augments stageyard.v1.SnapshotManifest.$Properties
             * @deprecated Use stageyard.v1.SnapshotManifest.$Properties instead.
             */

            /**
             * Shape of a SnapshotManifest.
             * @typedef {{
             *   schema?: number|null;
             *   stagingName?: string|null;
             *   variant?: Object.<string,stageyard.v1.ScalarValue.$Shape>|null;
             *   prefixPath?: string|null;
             *   workPath?: string|null;
             *   prefix?: stageyard.v1.SnapshotLayer.$Shape|null;
             *   work?: stageyard.v1.SnapshotLayer.$Shape|null;
             *   environmentsJson?: string|null;
             *   sourcesJson?: string|null;
             *   exportsJson?: string|null;
             *   ignoreRunExports?: stageyard.v1.IgnoreLists.$Shape|null;
             *   libraryMap?: stageyard.v1.LibraryMap.$Shape|null;
             *   unrewritable?: Array.<string>|null;
             *   irreproducibleBecause?: string|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} stageyard.v1.SnapshotManifest.$Shape
             */

            /**
             * Constructs a new SnapshotManifest.
             * @memberof stageyard.v1
             * @classdesc Represents a SnapshotManifest.
             * @constructor
             * @param {stageyard.v1.SnapshotManifest.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotManifest = function (properties) {
                this.variant = {};
                this.unrewritable = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotManifest schema.
             * @member {number} schema
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.schema = 0;

            /**
             * SnapshotManifest stagingName.
             * @member {string} stagingName
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.stagingName = "";

            /**
             * SnapshotManifest variant.
             * @member {Object.<string,stageyard.v1.ScalarValue.$Properties>} variant
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.variant = $util.emptyObject;

            /**
             * SnapshotManifest prefixPath.
             * @member {string} prefixPath
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.prefixPath = "";

            /**
             * SnapshotManifest workPath.
             * @member {string} workPath
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.workPath = "";

            /**
             * SnapshotManifest prefix.
             * @member {stageyard.v1.SnapshotLayer.$Properties|null|undefined} prefix
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.prefix = null;

            /**
             * SnapshotManifest work.
             * @member {stageyard.v1.SnapshotLayer.$Properties|null|undefined} work
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.work = null;

            /**
             * SnapshotManifest environmentsJson.
             * @member {string} environmentsJson
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.environmentsJson = "";

            /**
             * SnapshotManifest sourcesJson.
             * @member {string} sourcesJson
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.sourcesJson = "";

            /**
             * SnapshotManifest exportsJson.
             * @member {string} exportsJson
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.exportsJson = "";

            /**
             * SnapshotManifest ignoreRunExports.
             * @member {stageyard.v1.IgnoreLists.$Properties|null|undefined} ignoreRunExports
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.ignoreRunExports = null;

            /**
             * SnapshotManifest libraryMap.
             * @member {stageyard.v1.LibraryMap.$Properties|null|undefined} libraryMap
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.libraryMap = null;

            /**
             * SnapshotManifest unrewritable.
             * @member {Array.<string>} unrewritable
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.unrewritable = $util.emptyArray;

            /**
             * SnapshotManifest irreproducibleBecause.
             * @member {string|null|undefined} irreproducibleBecause
             * @memberof stageyard.v1.SnapshotManifest
             * @instance
             */
            SnapshotManifest.prototype.irreproducibleBecause = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(SnapshotManifest.prototype, "_irreproducibleBecause", {
                get: $util.oneOfGetter($oneOfFields = ["irreproducibleBecause"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified SnapshotManifest message. Does not implicitly {@link stageyard.v1.SnapshotManifest.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.SnapshotManifest
             * @static
             * @param {stageyard.v1.SnapshotManifest.$Properties} message SnapshotManifest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotManifest.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.stagingName != null && $Object.hasOwnProperty.call(message, "stagingName") && message.stagingName !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.stagingName);
                if (message.variant != null && $Object.hasOwnProperty.call(message, "variant"))
                    for (let keys = $Object.keys(message.variant), i = 0; i < keys.length; ++i) {
                        writer.uint32(/* id 3, wireType 2 =*/26).fork().uint32(/* id 1, wireType 2 =*/10).string(keys[i]);
                        $root.stageyard.v1.ScalarValue.encode(message.variant[keys[i]], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.prefixPath != null && $Object.hasOwnProperty.call(message, "prefixPath") && message.prefixPath !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.prefixPath);
                if (message.workPath != null && $Object.hasOwnProperty.call(message, "workPath") && message.workPath !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.workPath);
                if (message.prefix != null && $Object.hasOwnProperty.call(message, "prefix"))
                    $root.stageyard.v1.SnapshotLayer.encode(message.prefix, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.work != null && $Object.hasOwnProperty.call(message, "work"))
                    $root.stageyard.v1.SnapshotLayer.encode(message.work, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.environmentsJson != null && $Object.hasOwnProperty.call(message, "environmentsJson") && message.environmentsJson !== "")
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.environmentsJson);
                if (message.sourcesJson != null && $Object.hasOwnProperty.call(message, "sourcesJson") && message.sourcesJson !== "")
                    writer.uint32(/* id 9, wireType 2 =*/74).string(message.sourcesJson);
                if (message.exportsJson != null && $Object.hasOwnProperty.call(message, "exportsJson") && message.exportsJson !== "")
                    writer.uint32(/* id 10, wireType 2 =*/82).string(message.exportsJson);
                if (message.ignoreRunExports != null && $Object.hasOwnProperty.call(message, "ignoreRunExports"))
                    $root.stageyard.v1.IgnoreLists.encode(message.ignoreRunExports, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.libraryMap != null && $Object.hasOwnProperty.call(message, "libraryMap"))
                    $root.stageyard.v1.LibraryMap.encode(message.libraryMap, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.unrewritable != null && message.unrewritable.length)
                    for (let i = 0; i < message.unrewritable.length; ++i)
                        writer.uint32(/* id 13, wireType 2 =*/106).string(message.unrewritable[i]);
                if (message.irreproducibleBecause != null && $Object.hasOwnProperty.call(message, "irreproducibleBecause"))
                    writer.uint32(/* id 14, wireType 2 =*/114).string(message.irreproducibleBecause);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotManifest message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.SnapshotManifest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotManifest & stageyard.v1.SnapshotManifest.$Shape} SnapshotManifest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotManifest.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, key, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.SnapshotManifest();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stagingName = value;
                            else
                                delete message.stagingName;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (message.variant === $util.emptyObject)
                                message.variant = {};
                            let end2 = reader.size() + reader.pos;
                            if (end2 > reader.len)
                                throw $RangeError("index out of range");
                            reader.len = end2;
                            key = "";
                            value = null;
                            while (reader.pos < end2) {
                                let tag2 = reader.tag();
                                wireType = tag2 & 7;
                                switch (tag2 >>>= 3) {
                                case 1:
                                    if (wireType !== 2)
                                        break;
                                    key = reader.stringVerify();
                                    continue;
                                case 2:
                                    if (wireType !== 2)
                                        break;
                                    value = $root.stageyard.v1.ScalarValue.decode(reader, reader.size(), $undefined, _depth + 1, value);
                                    continue;
                                }
                                reader.skipType(wireType, _depth, tag2);
                            }
                            if (reader.pos !== end2)
                                throw $RangeError("index out of range");
                            reader.len = end;
                            if (key === "__proto__")
                                $util.makeProp(message.variant, key);
                            message.variant[key] = value || new $root.stageyard.v1.ScalarValue();
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.prefixPath = value;
                            else
                                delete message.prefixPath;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.workPath = value;
                            else
                                delete message.workPath;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.prefix = $root.stageyard.v1.SnapshotLayer.decode(reader, reader.size(), $undefined, _depth + 1, message.prefix);
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.work = $root.stageyard.v1.SnapshotLayer.decode(reader, reader.size(), $undefined, _depth + 1, message.work);
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.environmentsJson = value;
                            else
                                delete message.environmentsJson;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.sourcesJson = value;
                            else
                                delete message.sourcesJson;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.exportsJson = value;
                            else
                                delete message.exportsJson;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.ignoreRunExports = $root.stageyard.v1.IgnoreLists.decode(reader, reader.size(), $undefined, _depth + 1, message.ignoreRunExports);
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            message.libraryMap = $root.stageyard.v1.LibraryMap.decode(reader, reader.size(), $undefined, _depth + 1, message.libraryMap);
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            if (!(message.unrewritable && message.unrewritable.length))
                                message.unrewritable = [];
                            message.unrewritable.push(reader.stringVerify());
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            message.irreproducibleBecause = reader.stringVerify();
                            message._irreproducibleBecause = "irreproducibleBecause";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SnapshotManifest;
        })();

        v1.HostTool = (function() {

            /**
             * Properties of a HostTool.
             * @typedef {Object} stageyard.v1.HostTool.$Properties
             * @property {string|null} [name] HostTool name
             * @property {string|null} [path] HostTool path
             * @property {string|null} [version] HostTool version
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a HostTool.
             * @memberof stageyard.v1
             * @interface IHostTool
             * @augments stageyard.v1.HostTool.$Properties
             * @deprecated Use stageyard.v1.HostTool.$Properties instead.
             */

            /**
             * Shape of a HostTool.
             * @typedef {stageyard.v1.HostTool.$Properties} stageyard.v1.HostTool.$Shape
             */

            /**
             * Constructs a new HostTool.
             * @memberof stageyard.v1
             * @classdesc Represents a HostTool.
             * @constructor
             * @param {stageyard.v1.HostTool.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const HostTool = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * HostTool name.
             * @member {string} name
             * @memberof stageyard.v1.HostTool
             * @instance
             */
            HostTool.prototype.name = "";

            /**
             * HostTool path.
             * @member {string} path
             * @memberof stageyard.v1.HostTool
             * @instance
             */
            HostTool.prototype.path = "";

            /**
             * HostTool version.
             * @member {string} version
             * @memberof stageyard.v1.HostTool
             * @instance
             */
            HostTool.prototype.version = "";

            /**
             * Encodes the specified HostTool message. Does not implicitly {@link stageyard.v1.HostTool.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.HostTool
             * @static
             * @param {stageyard.v1.HostTool.$Properties} message HostTool message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            HostTool.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.path);
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.version);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a HostTool message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.HostTool
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.HostTool & stageyard.v1.HostTool.$Shape} HostTool
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            HostTool.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.HostTool();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return HostTool;
        })();

        v1.WorkerIdentity = (function() {

            /**
             * Properties of a WorkerIdentity.
             * @typedef {Object} stageyard.v1.WorkerIdentity.$Properties
             * @property {string|null} [system] WorkerIdentity system
             * @property {string|null} [distribution] WorkerIdentity distribution
             * @property {string|null} [cLibrary] WorkerIdentity cLibrary
             * @property {Array.<stageyard.v1.HostTool.$Properties>|null} [tools] WorkerIdentity tools
             * @property {string|null} [imageDigest] WorkerIdentity imageDigest
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a WorkerIdentity.
             * @memberof stageyard.v1
             * @interface IWorkerIdentity
             * @augments stageyard.v1.WorkerIdentity.$Properties
             * @deprecated Use stageyard.v1.WorkerIdentity.$Properties instead.
             */

            /**
             * Shape of a WorkerIdentity.
             * @typedef {stageyard.v1.WorkerIdentity.$Properties} stageyard.v1.WorkerIdentity.$Shape
             */

            /**
             * Constructs a new WorkerIdentity.
             * @memberof stageyard.v1
             * @classdesc Represents a WorkerIdentity.
             * @constructor
             * @param {stageyard.v1.WorkerIdentity.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const WorkerIdentity = function (properties) {
                this.tools = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * WorkerIdentity system.
             * @member {string} system
             * @memberof stageyard.v1.WorkerIdentity
             * @instance
             */
            WorkerIdentity.prototype.system = "";

            /**
             * WorkerIdentity distribution.
             * @member {string} distribution
             * @memberof stageyard.v1.WorkerIdentity
             * @instance
             */
            WorkerIdentity.prototype.distribution = "";

            /**
             * WorkerIdentity cLibrary.
             * @member {string} cLibrary
             * @memberof stageyard.v1.WorkerIdentity
             * @instance
             */
            WorkerIdentity.prototype.cLibrary = "";

            /**
             * WorkerIdentity tools.
             * @member {Array.<stageyard.v1.HostTool.$Properties>} tools
             * @memberof stageyard.v1.WorkerIdentity
             * @instance
             */
            WorkerIdentity.prototype.tools = $util.emptyArray;

            /**
             * WorkerIdentity imageDigest.
             * @member {string} imageDigest
             * @memberof stageyard.v1.WorkerIdentity
             * @instance
             */
            WorkerIdentity.prototype.imageDigest = "";

            /**
             * Encodes the specified WorkerIdentity message. Does not implicitly {@link stageyard.v1.WorkerIdentity.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.WorkerIdentity
             * @static
             * @param {stageyard.v1.WorkerIdentity.$Properties} message WorkerIdentity message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            WorkerIdentity.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.system != null && $Object.hasOwnProperty.call(message, "system") && message.system !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.system);
                if (message.distribution != null && $Object.hasOwnProperty.call(message, "distribution") && message.distribution !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.distribution);
                if (message.cLibrary != null && $Object.hasOwnProperty.call(message, "cLibrary") && message.cLibrary !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.cLibrary);
                if (message.tools != null && message.tools.length)
                    for (let i = 0; i < message.tools.length; ++i)
                        $root.stageyard.v1.HostTool.encode(message.tools[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.imageDigest != null && $Object.hasOwnProperty.call(message, "imageDigest") && message.imageDigest !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.imageDigest);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a WorkerIdentity message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.WorkerIdentity
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.WorkerIdentity & stageyard.v1.WorkerIdentity.$Shape} WorkerIdentity
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            WorkerIdentity.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.WorkerIdentity();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.system = value;
                            else
                                delete message.system;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.distribution = value;
                            else
                                delete message.distribution;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.cLibrary = value;
                            else
                                delete message.cLibrary;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.tools && message.tools.length))
                                message.tools = [];
                            message.tools.push($root.stageyard.v1.HostTool.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.imageDigest = value;
                            else
                                delete message.imageDigest;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return WorkerIdentity;
        })();

        v1.RunningAttempt = (function() {

            /**
             * Properties of a RunningAttempt.
             * @typedef {Object} stageyard.v1.RunningAttempt.$Properties
             * @property {string|null} [run] RunningAttempt run
             * @property {number|Long|null} [generation] RunningAttempt generation
             * @property {string|null} [task] RunningAttempt task
             * @property {number|Long|null} [epoch] RunningAttempt epoch
             * @property {stageyard.v1.TaskKind|null} [kind] RunningAttempt kind
             * @property {string|null} [title] RunningAttempt title
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a RunningAttempt.
             * @memberof stageyard.v1
             * @interface IRunningAttempt
             * @augments stageyard.v1.RunningAttempt.$Properties
             * @deprecated Use stageyard.v1.RunningAttempt.$Properties instead.
             */

            /**
             * Shape of a RunningAttempt.
             * @typedef {stageyard.v1.RunningAttempt.$Properties} stageyard.v1.RunningAttempt.$Shape
             */

            /**
             * Constructs a new RunningAttempt.
             * @memberof stageyard.v1
             * @classdesc Represents a RunningAttempt.
             * @constructor
             * @param {stageyard.v1.RunningAttempt.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const RunningAttempt = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * RunningAttempt run.
             * @member {string} run
             * @memberof stageyard.v1.RunningAttempt
             * @instance
             */
            RunningAttempt.prototype.run = "";

            /**
             * RunningAttempt generation.
             * @member {number|Long} generation
             * @memberof stageyard.v1.RunningAttempt
             * @instance
             */
            RunningAttempt.prototype.generation = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * RunningAttempt task.
             * @member {string} task
             * @memberof stageyard.v1.RunningAttempt
             * @instance
             */
            RunningAttempt.prototype.task = "";

            /**
             * RunningAttempt epoch.
             * @member {number|Long} epoch
             * @memberof stageyard.v1.RunningAttempt
             * @instance
             */
            RunningAttempt.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * RunningAttempt kind.
             * @member {stageyard.v1.TaskKind} kind
             * @memberof stageyard.v1.RunningAttempt
             * @instance
             */
            RunningAttempt.prototype.kind = 0;

            /**
             * RunningAttempt title.
             * @member {string} title
             * @memberof stageyard.v1.RunningAttempt
             * @instance
             */
            RunningAttempt.prototype.title = "";

            /**
             * Encodes the specified RunningAttempt message. Does not implicitly {@link stageyard.v1.RunningAttempt.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.RunningAttempt
             * @static
             * @param {stageyard.v1.RunningAttempt.$Properties} message RunningAttempt message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RunningAttempt.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.run != null && $Object.hasOwnProperty.call(message, "run") && message.run !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.run);
                if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && (typeof message.generation === "object" ? message.generation.low || message.generation.high : message.generation !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.generation);
                if (message.task != null && $Object.hasOwnProperty.call(message, "task") && message.task !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.task);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.epoch);
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).int32(message.kind);
                if (message.title != null && $Object.hasOwnProperty.call(message, "title") && message.title !== "")
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.title);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a RunningAttempt message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.RunningAttempt
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.RunningAttempt & stageyard.v1.RunningAttempt.$Shape} RunningAttempt
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RunningAttempt.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.RunningAttempt();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.run = value;
                            else
                                delete message.run;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.generation = value;
                            else
                                delete message.generation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.task = value;
                            else
                                delete message.task;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.title = value;
                            else
                                delete message.title;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return RunningAttempt;
        })();

        v1.WorkerAnnouncement = (function() {

            /**
             * Properties of a WorkerAnnouncement.
             * @typedef {Object} stageyard.v1.WorkerAnnouncement.$Properties
             * @property {number|null} [protocolVersion] WorkerAnnouncement protocolVersion
             * @property {string|null} [worker] WorkerAnnouncement worker
             * @property {stageyard.v1.WorkerIdentity.$Properties|null} [identity] WorkerAnnouncement identity
             * @property {string|null} [platform] WorkerAnnouncement platform
             * @property {Array.<string>|null} [labels] WorkerAnnouncement labels
             * @property {Array.<string>|null} [secretNames] WorkerAnnouncement secretNames
             * @property {number|null} [slots] WorkerAnnouncement slots
             * @property {Array.<stageyard.v1.RunningAttempt.$Properties>|null} [running] WorkerAnnouncement running
             * @property {number|Long|null} [memoryBytes] WorkerAnnouncement memoryBytes
             * @property {number|Long|null} [freeDiskBytes] WorkerAnnouncement freeDiskBytes
             * @property {string|null} [version] WorkerAnnouncement version
             * @property {boolean|null} [isDraining] WorkerAnnouncement isDraining
             * @property {boolean|null} [isSick] WorkerAnnouncement isSick
             * @property {Array.<number>|null} [protocolVersions] WorkerAnnouncement protocolVersions
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a WorkerAnnouncement.
             * @memberof stageyard.v1
             * @interface IWorkerAnnouncement
             * @augments stageyard.v1.WorkerAnnouncement.$Properties
             * @deprecated Use stageyard.v1.WorkerAnnouncement.$Properties instead.
             */

            /**
             * Shape of a WorkerAnnouncement.
             * @typedef {stageyard.v1.WorkerAnnouncement.$Properties} stageyard.v1.WorkerAnnouncement.$Shape
             */

            /**
             * Constructs a new WorkerAnnouncement.
             * @memberof stageyard.v1
             * @classdesc Represents a WorkerAnnouncement.
             * @constructor
             * @param {stageyard.v1.WorkerAnnouncement.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const WorkerAnnouncement = function (properties) {
                this.labels = [];
                this.secretNames = [];
                this.running = [];
                this.protocolVersions = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * WorkerAnnouncement protocolVersion.
             * @member {number} protocolVersion
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.protocolVersion = 0;

            /**
             * WorkerAnnouncement worker.
             * @member {string} worker
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.worker = "";

            /**
             * WorkerAnnouncement identity.
             * @member {stageyard.v1.WorkerIdentity.$Properties|null|undefined} identity
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.identity = null;

            /**
             * WorkerAnnouncement platform.
             * @member {string} platform
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.platform = "";

            /**
             * WorkerAnnouncement labels.
             * @member {Array.<string>} labels
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.labels = $util.emptyArray;

            /**
             * WorkerAnnouncement secretNames.
             * @member {Array.<string>} secretNames
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.secretNames = $util.emptyArray;

            /**
             * WorkerAnnouncement slots.
             * @member {number} slots
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.slots = 0;

            /**
             * WorkerAnnouncement running.
             * @member {Array.<stageyard.v1.RunningAttempt.$Properties>} running
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.running = $util.emptyArray;

            /**
             * WorkerAnnouncement memoryBytes.
             * @member {number|Long} memoryBytes
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.memoryBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * WorkerAnnouncement freeDiskBytes.
             * @member {number|Long} freeDiskBytes
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.freeDiskBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * WorkerAnnouncement version.
             * @member {string} version
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.version = "";

            /**
             * WorkerAnnouncement isDraining.
             * @member {boolean} isDraining
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.isDraining = false;

            /**
             * WorkerAnnouncement isSick.
             * @member {boolean} isSick
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.isSick = false;

            /**
             * WorkerAnnouncement protocolVersions.
             * @member {Array.<number>} protocolVersions
             * @memberof stageyard.v1.WorkerAnnouncement
             * @instance
             */
            WorkerAnnouncement.prototype.protocolVersions = $util.emptyArray;

            /**
             * Encodes the specified WorkerAnnouncement message. Does not implicitly {@link stageyard.v1.WorkerAnnouncement.verify|verify} messages.
             * @function encode
             * @memberof stageyard.v1.WorkerAnnouncement
             * @static
             * @param {stageyard.v1.WorkerAnnouncement.$Properties} message WorkerAnnouncement message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            WorkerAnnouncement.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                if (message.worker != null && $Object.hasOwnProperty.call(message, "worker") && message.worker !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.worker);
                if (message.identity != null && $Object.hasOwnProperty.call(message, "identity"))
                    $root.stageyard.v1.WorkerIdentity.encode(message.identity, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.platform != null && $Object.hasOwnProperty.call(message, "platform") && message.platform !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.platform);
                if (message.labels != null && message.labels.length)
                    for (let i = 0; i < message.labels.length; ++i)
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.labels[i]);
                if (message.secretNames != null && message.secretNames.length)
                    for (let i = 0; i < message.secretNames.length; ++i)
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.secretNames[i]);
                if (message.slots != null && $Object.hasOwnProperty.call(message, "slots") && message.slots !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.slots);
                if (message.running != null && message.running.length)
                    for (let i = 0; i < message.running.length; ++i)
                        $root.stageyard.v1.RunningAttempt.encode(message.running[i], writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.memoryBytes != null && $Object.hasOwnProperty.call(message, "memoryBytes") && (typeof message.memoryBytes === "object" ? message.memoryBytes.low || message.memoryBytes.high : message.memoryBytes !== 0))
                    writer.uint32(/* id 9, wireType 0 =*/72).uint64(message.memoryBytes);
                if (message.freeDiskBytes != null && $Object.hasOwnProperty.call(message, "freeDiskBytes") && (typeof message.freeDiskBytes === "object" ? message.freeDiskBytes.low || message.freeDiskBytes.high : message.freeDiskBytes !== 0))
                    writer.uint32(/* id 10, wireType 0 =*/80).uint64(message.freeDiskBytes);
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== "")
                    writer.uint32(/* id 11, wireType 2 =*/90).string(message.version);
                if (message.isDraining != null && $Object.hasOwnProperty.call(message, "isDraining") && message.isDraining !== false)
                    writer.uint32(/* id 12, wireType 0 =*/96).bool(message.isDraining);
                if (message.isSick != null && $Object.hasOwnProperty.call(message, "isSick") && message.isSick !== false)
                    writer.uint32(/* id 13, wireType 0 =*/104).bool(message.isSick);
                if (message.protocolVersions != null && message.protocolVersions.length)
                    writer.uint32(/* id 14, wireType 2 =*/114).uint32s(message.protocolVersions);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a WorkerAnnouncement message from the specified reader or buffer.
             * @function decode
             * @memberof stageyard.v1.WorkerAnnouncement
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {stageyard.v1.WorkerAnnouncement & stageyard.v1.WorkerAnnouncement.$Shape} WorkerAnnouncement
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            WorkerAnnouncement.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.stageyard.v1.WorkerAnnouncement();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolVersion = value;
                            else
                                delete message.protocolVersion;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.worker = value;
                            else
                                delete message.worker;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.identity = $root.stageyard.v1.WorkerIdentity.decode(reader, reader.size(), $undefined, _depth + 1, message.identity);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.platform = value;
                            else
                                delete message.platform;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.labels && message.labels.length))
                                message.labels = [];
                            message.labels.push(reader.stringVerify());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.secretNames && message.secretNames.length))
                                message.secretNames = [];
                            message.secretNames.push(reader.stringVerify());
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.slots = value;
                            else
                                delete message.slots;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if (!(message.running && message.running.length))
                                message.running = [];
                            message.running.push($root.stageyard.v1.RunningAttempt.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.memoryBytes = value;
                            else
                                delete message.memoryBytes;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.freeDiskBytes = value;
                            else
                                delete message.freeDiskBytes;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.isDraining = value;
                            else
                                delete message.isDraining;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.isSick = value;
                            else
                                delete message.isSick;
                            continue;
                        }
                    case 14: {
                            if (wireType === 2) {
                                if (!(message.protocolVersions && message.protocolVersions.length))
                                    message.protocolVersions = [];
                                reader.uint32s(message.protocolVersions);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.protocolVersions && message.protocolVersions.length))
                                message.protocolVersions = [];
                            message.protocolVersions.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return WorkerAnnouncement;
        })();

        return v1;
    })();

    return stageyard;
})();

export {
  $root as default
};
