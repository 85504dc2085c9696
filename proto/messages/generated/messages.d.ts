import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace stageyard. */
export namespace stageyard {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a BlobRef.
         * @deprecated Use stageyard.v1.BlobRef.$Properties instead.
         */
        interface IBlobRef extends stageyard.v1.BlobRef.$Properties {
        }

        /** Represents a BlobRef. */
        class BlobRef {

            /**
             * Constructs a new BlobRef.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.BlobRef.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BlobRef digest. */
            digest: Uint8Array;

            /** BlobRef sizeBytes. */
            sizeBytes: (number|Long);

            /** BlobRef location. */
            location: string;

            /**
             * Encodes the specified BlobRef message. Does not implicitly {@link stageyard.v1.BlobRef.verify|verify} messages.
             * @param message BlobRef message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.BlobRef.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BlobRef message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.BlobRef & stageyard.v1.BlobRef.$Shape} BlobRef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.BlobRef & stageyard.v1.BlobRef.$Shape;
        }

        namespace BlobRef {

            /** Properties of a BlobRef. */
            interface $Properties {

                /** BlobRef digest */
                digest?: (Uint8Array|null);

                /** BlobRef sizeBytes */
                sizeBytes?: (number|Long|null);

                /** BlobRef location */
                location?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BlobRef. */
            type $Shape = stageyard.v1.BlobRef.$Properties;
        }

        /**
         * Properties of an AttemptHead.
         * @deprecated Use stageyard.v1.AttemptHead.$Properties instead.
         */
        interface IAttemptHead extends stageyard.v1.AttemptHead.$Properties {
        }

        /** Represents an AttemptHead. */
        class AttemptHead {

            /**
             * Constructs a new AttemptHead.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.AttemptHead.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AttemptHead run. */
            run: string;

            /** AttemptHead generation. */
            generation: (number|Long);

            /** AttemptHead task. */
            task: string;

            /** AttemptHead attempt. */
            attempt: string;

            /** AttemptHead epoch. */
            epoch: (number|Long);

            /**
             * Encodes the specified AttemptHead message. Does not implicitly {@link stageyard.v1.AttemptHead.verify|verify} messages.
             * @param message AttemptHead message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.AttemptHead.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AttemptHead message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.AttemptHead & stageyard.v1.AttemptHead.$Shape} AttemptHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.AttemptHead & stageyard.v1.AttemptHead.$Shape;
        }

        namespace AttemptHead {

            /** Properties of an AttemptHead. */
            interface $Properties {

                /** AttemptHead run */
                run?: (string|null);

                /** AttemptHead generation */
                generation?: (number|Long|null);

                /** AttemptHead task */
                task?: (string|null);

                /** AttemptHead attempt */
                attempt?: (string|null);

                /** AttemptHead epoch */
                epoch?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AttemptHead. */
            type $Shape = stageyard.v1.AttemptHead.$Properties;
        }

        /**
         * Properties of an AttemptMeasures.
         * @deprecated Use stageyard.v1.AttemptMeasures.$Properties instead.
         */
        interface IAttemptMeasures extends stageyard.v1.AttemptMeasures.$Properties {
        }

        /** Represents an AttemptMeasures. */
        class AttemptMeasures {

            /**
             * Constructs a new AttemptMeasures.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.AttemptMeasures.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AttemptMeasures wallMs. */
            wallMs: (number|Long);

            /** AttemptMeasures scriptMs. */
            scriptMs: (number|Long);

            /** AttemptMeasures peakMemoryBytes. */
            peakMemoryBytes?: (number|Long|null);

            /** AttemptMeasures diskBytes. */
            diskBytes?: (number|Long|null);

            /**
             * Encodes the specified AttemptMeasures message. Does not implicitly {@link stageyard.v1.AttemptMeasures.verify|verify} messages.
             * @param message AttemptMeasures message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.AttemptMeasures.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AttemptMeasures message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.AttemptMeasures & stageyard.v1.AttemptMeasures.$Shape} AttemptMeasures
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.AttemptMeasures & stageyard.v1.AttemptMeasures.$Shape;
        }

        namespace AttemptMeasures {

            /** Properties of an AttemptMeasures. */
            interface $Properties {

                /** AttemptMeasures wallMs */
                wallMs?: (number|Long|null);

                /** AttemptMeasures scriptMs */
                scriptMs?: (number|Long|null);

                /** AttemptMeasures peakMemoryBytes */
                peakMemoryBytes?: (number|Long|null);

                /** AttemptMeasures diskBytes */
                diskBytes?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AttemptMeasures. */
            type $Shape = stageyard.v1.AttemptMeasures.$Properties;
        }

        /**
         * Properties of a ScalarValue.
         * @deprecated Use stageyard.v1.ScalarValue.$Properties instead.
         */
        interface IScalarValue extends stageyard.v1.ScalarValue.$Properties {
        }

        /** Represents a ScalarValue. */
        class ScalarValue {

            /**
             * Constructs a new ScalarValue.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.ScalarValue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ScalarValue text. */
            text?: (string|null);

            /** ScalarValue number. */
            number?: (number|null);

            /** ScalarValue boolean. */
            boolean?: (boolean|null);

            /** ScalarValue value. */
            value?: ("text"|"number"|"boolean");

            /**
             * Encodes the specified ScalarValue message. Does not implicitly {@link stageyard.v1.ScalarValue.verify|verify} messages.
             * @param message ScalarValue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.ScalarValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ScalarValue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.ScalarValue & stageyard.v1.ScalarValue.$Shape} ScalarValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.ScalarValue & stageyard.v1.ScalarValue.$Shape;
        }

        namespace ScalarValue {

            /** Properties of a ScalarValue. */
            interface $Properties {

                /** ScalarValue text */
                text?: (string|null);

                /** ScalarValue number */
                number?: (number|null);

                /** ScalarValue boolean */
                boolean?: (boolean|null);

                /** ScalarValue value */
                value?: ("text"|"number"|"boolean");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a ScalarValue. */
            type $Shape = {
              text?: string|null;
              number?: number|null;
              boolean?: boolean|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ value?: undefined; text?: null; number?: null; boolean?: null }|{ value?: "text"; text: string; number?: null; boolean?: null }|{ value?: "number"; text?: null; number: number; boolean?: null }|{ value?: "boolean"; text?: null; number?: null; boolean: boolean })
            );
        }

        /** TaskKind enum. */
        enum TaskKind {

            /** TASK_KIND_UNSPECIFIED value */
            TASK_KIND_UNSPECIFIED = 0,

            /** TASK_KIND_STAGE value */
            TASK_KIND_STAGE = 1,

            /** TASK_KIND_PACKAGE value */
            TASK_KIND_PACKAGE = 2,

            /** TASK_KIND_TEST value */
            TASK_KIND_TEST = 3
        }

        /**
         * Properties of a TaskLimits.
         * @deprecated Use stageyard.v1.TaskLimits.$Properties instead.
         */
        interface ITaskLimits extends stageyard.v1.TaskLimits.$Properties {
        }

        /** Represents a TaskLimits. */
        class TaskLimits {

            /**
             * Constructs a new TaskLimits.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.TaskLimits.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TaskLimits wallTimeMs. */
            wallTimeMs: (number|Long);

            /** TaskLimits silentTimeMs. */
            silentTimeMs: (number|Long);

            /** TaskLimits logSizeBytesMax. */
            logSizeBytesMax: (number|Long);

            /**
             * Encodes the specified TaskLimits message. Does not implicitly {@link stageyard.v1.TaskLimits.verify|verify} messages.
             * @param message TaskLimits message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.TaskLimits.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TaskLimits message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskLimits & stageyard.v1.TaskLimits.$Shape} TaskLimits
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.TaskLimits & stageyard.v1.TaskLimits.$Shape;
        }

        namespace TaskLimits {

            /** Properties of a TaskLimits. */
            interface $Properties {

                /** TaskLimits wallTimeMs */
                wallTimeMs?: (number|Long|null);

                /** TaskLimits silentTimeMs */
                silentTimeMs?: (number|Long|null);

                /** TaskLimits logSizeBytesMax */
                logSizeBytesMax?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TaskLimits. */
            type $Shape = stageyard.v1.TaskLimits.$Properties;
        }

        /**
         * Properties of a TaskRequests.
         * @deprecated Use stageyard.v1.TaskRequests.$Properties instead.
         */
        interface ITaskRequests extends stageyard.v1.TaskRequests.$Properties {
        }

        /** Represents a TaskRequests. */
        class TaskRequests {

            /**
             * Constructs a new TaskRequests.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.TaskRequests.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TaskRequests memoryBytes. */
            memoryBytes: (number|Long);

            /** TaskRequests diskBytes. */
            diskBytes: (number|Long);

            /** TaskRequests labels. */
            labels: string[];

            /** TaskRequests secrets. */
            secrets: string[];

            /**
             * Encodes the specified TaskRequests message. Does not implicitly {@link stageyard.v1.TaskRequests.verify|verify} messages.
             * @param message TaskRequests message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.TaskRequests.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TaskRequests message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskRequests & stageyard.v1.TaskRequests.$Shape} TaskRequests
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.TaskRequests & stageyard.v1.TaskRequests.$Shape;
        }

        namespace TaskRequests {

            /** Properties of a TaskRequests. */
            interface $Properties {

                /** TaskRequests memoryBytes */
                memoryBytes?: (number|Long|null);

                /** TaskRequests diskBytes */
                diskBytes?: (number|Long|null);

                /** TaskRequests labels */
                labels?: (string[]|null);

                /** TaskRequests secrets */
                secrets?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TaskRequests. */
            type $Shape = stageyard.v1.TaskRequests.$Properties;
        }

        /**
         * Properties of a TaskOffer.
         * @deprecated Use stageyard.v1.TaskOffer.$Properties instead.
         */
        interface ITaskOffer extends stageyard.v1.TaskOffer.$Properties {
        }

        /** Represents a TaskOffer. */
        class TaskOffer {

            /**
             * Constructs a new TaskOffer.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.TaskOffer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TaskOffer protocolVersion. */
            protocolVersion: number;

            /** TaskOffer head. */
            head?: (stageyard.v1.AttemptHead.$Properties|null);

            /** TaskOffer term. */
            term: (number|Long);

            /** TaskOffer kind. */
            kind: stageyard.v1.TaskKind;

            /** TaskOffer spec. */
            spec?: (stageyard.v1.BlobRef.$Properties|null);

            /** TaskOffer inputs. */
            inputs?: (stageyard.v1.BlobRef.$Properties|null);

            /** TaskOffer limits. */
            limits?: (stageyard.v1.TaskLimits.$Properties|null);

            /** TaskOffer trace. */
            trace: string;

            /** TaskOffer requests. */
            requests?: (stageyard.v1.TaskRequests.$Properties|null);

            /**
             * Encodes the specified TaskOffer message. Does not implicitly {@link stageyard.v1.TaskOffer.verify|verify} messages.
             * @param message TaskOffer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.TaskOffer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TaskOffer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskOffer & stageyard.v1.TaskOffer.$Shape} TaskOffer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.TaskOffer & stageyard.v1.TaskOffer.$Shape;
        }

        namespace TaskOffer {

            /** Properties of a TaskOffer. */
            interface $Properties {

                /** TaskOffer protocolVersion */
                protocolVersion?: (number|null);

                /** TaskOffer head */
                head?: (stageyard.v1.AttemptHead.$Properties|null);

                /** TaskOffer term */
                term?: (number|Long|null);

                /** TaskOffer kind */
                kind?: (stageyard.v1.TaskKind|null);

                /** TaskOffer spec */
                spec?: (stageyard.v1.BlobRef.$Properties|null);

                /** TaskOffer inputs */
                inputs?: (stageyard.v1.BlobRef.$Properties|null);

                /** TaskOffer limits */
                limits?: (stageyard.v1.TaskLimits.$Properties|null);

                /** TaskOffer trace */
                trace?: (string|null);

                /** TaskOffer requests */
                requests?: (stageyard.v1.TaskRequests.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TaskOffer. */
            type $Shape = stageyard.v1.TaskOffer.$Properties;
        }

        /** FailureClass enum. */
        enum FailureClass {

            /** FAILURE_CLASS_UNSPECIFIED value */
            FAILURE_CLASS_UNSPECIFIED = 0,

            /** FAILURE_CLASS_USER value */
            FAILURE_CLASS_USER = 1,

            /** FAILURE_CLASS_LIMIT value */
            FAILURE_CLASS_LIMIT = 2,

            /** FAILURE_CLASS_INFRA value */
            FAILURE_CLASS_INFRA = 3,

            /** FAILURE_CLASS_LOST value */
            FAILURE_CLASS_LOST = 4,

            /** FAILURE_CLASS_RELEASED value */
            FAILURE_CLASS_RELEASED = 5,

            /** FAILURE_CLASS_CANCELLED value */
            FAILURE_CLASS_CANCELLED = 6
        }

        /**
         * Properties of an Accepted.
         * @deprecated Use stageyard.v1.Accepted.$Properties instead.
         */
        interface IAccepted extends stageyard.v1.Accepted.$Properties {
        }

        /** Represents an Accepted. */
        class Accepted {

            /**
             * Constructs a new Accepted.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.Accepted.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Encodes the specified Accepted message. Does not implicitly {@link stageyard.v1.Accepted.verify|verify} messages.
             * @param message Accepted message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.Accepted.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Accepted message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.Accepted & stageyard.v1.Accepted.$Shape} Accepted
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.Accepted & stageyard.v1.Accepted.$Shape;
        }

        namespace Accepted {

            /** Properties of an Accepted. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Accepted. */
            type $Shape = stageyard.v1.Accepted.$Properties;
        }

        /**
         * Properties of a PhaseBegan.
         * @deprecated Use stageyard.v1.PhaseBegan.$Properties instead.
         */
        interface IPhaseBegan extends stageyard.v1.PhaseBegan.$Properties {
        }

        /** Represents a PhaseBegan. */
        class PhaseBegan {

            /**
             * Constructs a new PhaseBegan.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.PhaseBegan.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PhaseBegan phase. */
            phase: string;

            /** PhaseBegan detail. */
            detail: string;

            /**
             * Encodes the specified PhaseBegan message. Does not implicitly {@link stageyard.v1.PhaseBegan.verify|verify} messages.
             * @param message PhaseBegan message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.PhaseBegan.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PhaseBegan message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.PhaseBegan & stageyard.v1.PhaseBegan.$Shape} PhaseBegan
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.PhaseBegan & stageyard.v1.PhaseBegan.$Shape;
        }

        namespace PhaseBegan {

            /** Properties of a PhaseBegan. */
            interface $Properties {

                /** PhaseBegan phase */
                phase?: (string|null);

                /** PhaseBegan detail */
                detail?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PhaseBegan. */
            type $Shape = stageyard.v1.PhaseBegan.$Properties;
        }

        /**
         * Properties of a Done.
         * @deprecated Use stageyard.v1.Done.$Properties instead.
         */
        interface IDone extends stageyard.v1.Done.$Properties {
        }

        /** Represents a Done. */
        class Done {

            /**
             * Constructs a new Done.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.Done.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Done output. */
            output?: (stageyard.v1.BlobRef.$Properties|null);

            /** Done reused. */
            reused: boolean;

            /** Done measures. */
            measures?: (stageyard.v1.AttemptMeasures.$Properties|null);

            /** Done log. */
            log?: (stageyard.v1.BlobRef.$Properties|null);

            /**
             * Encodes the specified Done message. Does not implicitly {@link stageyard.v1.Done.verify|verify} messages.
             * @param message Done message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.Done.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Done message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.Done & stageyard.v1.Done.$Shape} Done
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.Done & stageyard.v1.Done.$Shape;
        }

        namespace Done {

            /** Properties of a Done. */
            interface $Properties {

                /** Done output */
                output?: (stageyard.v1.BlobRef.$Properties|null);

                /** Done reused */
                reused?: (boolean|null);

                /** Done measures */
                measures?: (stageyard.v1.AttemptMeasures.$Properties|null);

                /** Done log */
                log?: (stageyard.v1.BlobRef.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Done. */
            type $Shape = stageyard.v1.Done.$Properties;
        }

        /**
         * Properties of a Failed.
         * @deprecated Use stageyard.v1.Failed.$Properties instead.
         */
        interface IFailed extends stageyard.v1.Failed.$Properties {
        }

        /** Represents a Failed. */
        class Failed {

            /**
             * Constructs a new Failed.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.Failed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Failed class. */
            class: stageyard.v1.FailureClass;

            /** Failed code. */
            code: string;

            /** Failed message. */
            message: string;

            /** Failed context. */
            context: { [k: string]: stageyard.v1.ScalarValue.$Properties };

            /** Failed logTail. */
            logTail: string[];

            /** Failed log. */
            log?: (stageyard.v1.BlobRef.$Properties|null);

            /** Failed measures. */
            measures?: (stageyard.v1.AttemptMeasures.$Properties|null);

            /**
             * Encodes the specified Failed message. Does not implicitly {@link stageyard.v1.Failed.verify|verify} messages.
             * @param message Failed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.Failed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Failed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.Failed & stageyard.v1.Failed.$Shape} Failed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.Failed & stageyard.v1.Failed.$Shape;
        }

        namespace Failed {

            /** Properties of a Failed. */
            interface $Properties {

                /** Failed class */
                "class"?: (stageyard.v1.FailureClass|null);

                /** Failed code */
                code?: (string|null);

                /** Failed message */
                message?: (string|null);

                /** Failed context */
                context?: ({ [k: string]: stageyard.v1.ScalarValue.$Properties }|null);

                /** Failed logTail */
                logTail?: (string[]|null);

                /** Failed log */
                log?: (stageyard.v1.BlobRef.$Properties|null);

                /** Failed measures */
                measures?: (stageyard.v1.AttemptMeasures.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Failed. */
            type $Shape = {
              "class"?: stageyard.v1.FailureClass|null;
              code?: string|null;
              message?: string|null;
              context?: { [k: string]: stageyard.v1.ScalarValue.$Shape }|null;
              logTail?: string[]|null;
              log?: stageyard.v1.BlobRef.$Shape|null;
              measures?: stageyard.v1.AttemptMeasures.$Shape|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a TaskEvent.
         * @deprecated Use stageyard.v1.TaskEvent.$Properties instead.
         */
        interface ITaskEvent extends stageyard.v1.TaskEvent.$Properties {
        }

        /** Represents a TaskEvent. */
        class TaskEvent {

            /**
             * Constructs a new TaskEvent.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.TaskEvent.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TaskEvent protocolVersion. */
            protocolVersion: number;

            /** TaskEvent head. */
            head?: (stageyard.v1.AttemptHead.$Properties|null);

            /** TaskEvent worker. */
            worker: string;

            /** TaskEvent sequence. */
            sequence: number;

            /** TaskEvent atMs. */
            atMs: (number|Long);

            /** TaskEvent accepted. */
            accepted?: (stageyard.v1.Accepted.$Properties|null);

            /** TaskEvent phase. */
            phase?: (stageyard.v1.PhaseBegan.$Properties|null);

            /** TaskEvent done. */
            done?: (stageyard.v1.Done.$Properties|null);

            /** TaskEvent failed. */
            failed?: (stageyard.v1.Failed.$Properties|null);

            /** TaskEvent body. */
            body?: ("accepted"|"phase"|"done"|"failed");

            /**
             * Encodes the specified TaskEvent message. Does not implicitly {@link stageyard.v1.TaskEvent.verify|verify} messages.
             * @param message TaskEvent message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.TaskEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TaskEvent message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.TaskEvent & stageyard.v1.TaskEvent.$Shape} TaskEvent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.TaskEvent & stageyard.v1.TaskEvent.$Shape;
        }

        namespace TaskEvent {

            /** Properties of a TaskEvent. */
            interface $Properties {

                /** TaskEvent protocolVersion */
                protocolVersion?: (number|null);

                /** TaskEvent head */
                head?: (stageyard.v1.AttemptHead.$Properties|null);

                /** TaskEvent worker */
                worker?: (string|null);

                /** TaskEvent sequence */
                sequence?: (number|null);

                /** TaskEvent atMs */
                atMs?: (number|Long|null);

                /** TaskEvent accepted */
                accepted?: (stageyard.v1.Accepted.$Properties|null);

                /** TaskEvent phase */
                phase?: (stageyard.v1.PhaseBegan.$Properties|null);

                /** TaskEvent done */
                done?: (stageyard.v1.Done.$Properties|null);

                /** TaskEvent failed */
                failed?: (stageyard.v1.Failed.$Properties|null);

                /** TaskEvent body */
                body?: ("accepted"|"phase"|"done"|"failed");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a TaskEvent. */
            type $Shape = {
              protocolVersion?: number|null;
              head?: stageyard.v1.AttemptHead.$Shape|null;
              worker?: string|null;
              sequence?: number|null;
              atMs?: number|Long|null;
              accepted?: stageyard.v1.Accepted.$Shape|null;
              phase?: stageyard.v1.PhaseBegan.$Shape|null;
              done?: stageyard.v1.Done.$Shape|null;
              failed?: stageyard.v1.Failed.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; accepted?: null; phase?: null; done?: null; failed?: null }|{ body?: "accepted"; accepted: stageyard.v1.Accepted.$Shape; phase?: null; done?: null; failed?: null }|{ body?: "phase"; accepted?: null; phase: stageyard.v1.PhaseBegan.$Shape; done?: null; failed?: null }|{ body?: "done"; accepted?: null; phase?: null; done: stageyard.v1.Done.$Shape; failed?: null }|{ body?: "failed"; accepted?: null; phase?: null; done?: null; failed: stageyard.v1.Failed.$Shape })
            );
        }

        /** FileKind enum. */
        enum FileKind {

            /** FILE_KIND_UNSPECIFIED value */
            FILE_KIND_UNSPECIFIED = 0,

            /** FILE_KIND_FILE value */
            FILE_KIND_FILE = 1,

            /** FILE_KIND_SYMLINK value */
            FILE_KIND_SYMLINK = 2,

            /** FILE_KIND_DIRECTORY value */
            FILE_KIND_DIRECTORY = 3
        }

        /** PathOwner enum. */
        enum PathOwner {

            /** PATH_OWNER_UNSPECIFIED value */
            PATH_OWNER_UNSPECIFIED = 0,

            /** PATH_OWNER_PREFIX value */
            PATH_OWNER_PREFIX = 1,

            /** PATH_OWNER_WORK value */
            PATH_OWNER_WORK = 2
        }

        /** RewriteMode enum. */
        enum RewriteMode {

            /** REWRITE_MODE_UNSPECIFIED value */
            REWRITE_MODE_UNSPECIFIED = 0,

            /** REWRITE_MODE_TEXT value */
            REWRITE_MODE_TEXT = 1,

            /** REWRITE_MODE_BINARY value */
            REWRITE_MODE_BINARY = 2
        }

        /**
         * Properties of a PathOccurrence.
         * @deprecated Use stageyard.v1.PathOccurrence.$Properties instead.
         */
        interface IPathOccurrence extends stageyard.v1.PathOccurrence.$Properties {
        }

        /** Represents a PathOccurrence. */
        class PathOccurrence {

            /**
             * Constructs a new PathOccurrence.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.PathOccurrence.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PathOccurrence of. */
            of: stageyard.v1.PathOwner;

            /** PathOccurrence mode. */
            mode: stageyard.v1.RewriteMode;

            /** PathOccurrence offsetGaps. */
            offsetGaps: number[];

            /**
             * Encodes the specified PathOccurrence message. Does not implicitly {@link stageyard.v1.PathOccurrence.verify|verify} messages.
             * @param message PathOccurrence message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.PathOccurrence.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PathOccurrence message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.PathOccurrence & stageyard.v1.PathOccurrence.$Shape} PathOccurrence
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.PathOccurrence & stageyard.v1.PathOccurrence.$Shape;
        }

        namespace PathOccurrence {

            /** Properties of a PathOccurrence. */
            interface $Properties {

                /** PathOccurrence of */
                of?: (stageyard.v1.PathOwner|null);

                /** PathOccurrence mode */
                mode?: (stageyard.v1.RewriteMode|null);

                /** PathOccurrence offsetGaps */
                offsetGaps?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PathOccurrence. */
            type $Shape = stageyard.v1.PathOccurrence.$Properties;
        }

        /**
         * Properties of a SnapshotFile.
         * @deprecated Use stageyard.v1.SnapshotFile.$Properties instead.
         */
        interface ISnapshotFile extends stageyard.v1.SnapshotFile.$Properties {
        }

        /** Represents a SnapshotFile. */
        class SnapshotFile {

            /**
             * Constructs a new SnapshotFile.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.SnapshotFile.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotFile path. */
            path: string;

            /** SnapshotFile kind. */
            kind: stageyard.v1.FileKind;

            /** SnapshotFile mode. */
            mode: number;

            /** SnapshotFile sizeBytes. */
            sizeBytes: (number|Long);

            /** SnapshotFile digest. */
            digest: Uint8Array;

            /** SnapshotFile linkTarget. */
            linkTarget?: (string|null);

            /** SnapshotFile occurrences. */
            occurrences: stageyard.v1.PathOccurrence.$Properties[];

            /**
             * Encodes the specified SnapshotFile message. Does not implicitly {@link stageyard.v1.SnapshotFile.verify|verify} messages.
             * @param message SnapshotFile message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.SnapshotFile.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotFile message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotFile & stageyard.v1.SnapshotFile.$Shape} SnapshotFile
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.SnapshotFile & stageyard.v1.SnapshotFile.$Shape;
        }

        namespace SnapshotFile {

            /** Properties of a SnapshotFile. */
            interface $Properties {

                /** SnapshotFile path */
                path?: (string|null);

                /** SnapshotFile kind */
                kind?: (stageyard.v1.FileKind|null);

                /** SnapshotFile mode */
                mode?: (number|null);

                /** SnapshotFile sizeBytes */
                sizeBytes?: (number|Long|null);

                /** SnapshotFile digest */
                digest?: (Uint8Array|null);

                /** SnapshotFile linkTarget */
                linkTarget?: (string|null);

                /** SnapshotFile occurrences */
                occurrences?: (stageyard.v1.PathOccurrence.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotFile. */
            type $Shape = stageyard.v1.SnapshotFile.$Properties;
        }

        /**
         * Properties of a SnapshotLayer.
         * @deprecated Use stageyard.v1.SnapshotLayer.$Properties instead.
         */
        interface ISnapshotLayer extends stageyard.v1.SnapshotLayer.$Properties {
        }

        /** Represents a SnapshotLayer. */
        class SnapshotLayer {

            /**
             * Constructs a new SnapshotLayer.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.SnapshotLayer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotLayer blob. */
            blob?: (stageyard.v1.BlobRef.$Properties|null);

            /** SnapshotLayer files. */
            files: stageyard.v1.SnapshotFile.$Properties[];

            /** SnapshotLayer fileLists. */
            fileLists: stageyard.v1.BlobRef.$Properties[];

            /**
             * Encodes the specified SnapshotLayer message. Does not implicitly {@link stageyard.v1.SnapshotLayer.verify|verify} messages.
             * @param message SnapshotLayer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.SnapshotLayer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotLayer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotLayer & stageyard.v1.SnapshotLayer.$Shape} SnapshotLayer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.SnapshotLayer & stageyard.v1.SnapshotLayer.$Shape;
        }

        namespace SnapshotLayer {

            /** Properties of a SnapshotLayer. */
            interface $Properties {

                /** SnapshotLayer blob */
                blob?: (stageyard.v1.BlobRef.$Properties|null);

                /** SnapshotLayer files */
                files?: (stageyard.v1.SnapshotFile.$Properties[]|null);

                /** SnapshotLayer fileLists */
                fileLists?: (stageyard.v1.BlobRef.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotLayer. */
            type $Shape = stageyard.v1.SnapshotLayer.$Properties;
        }

        /**
         * Properties of a SnapshotFileList.
         * @deprecated Use stageyard.v1.SnapshotFileList.$Properties instead.
         */
        interface ISnapshotFileList extends stageyard.v1.SnapshotFileList.$Properties {
        }

        /** Represents a SnapshotFileList. */
        class SnapshotFileList {

            /**
             * Constructs a new SnapshotFileList.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.SnapshotFileList.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotFileList files. */
            files: stageyard.v1.SnapshotFile.$Properties[];

            /**
             * Encodes the specified SnapshotFileList message. Does not implicitly {@link stageyard.v1.SnapshotFileList.verify|verify} messages.
             * @param message SnapshotFileList message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.SnapshotFileList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotFileList message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotFileList & stageyard.v1.SnapshotFileList.$Shape} SnapshotFileList
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.SnapshotFileList & stageyard.v1.SnapshotFileList.$Shape;
        }

        namespace SnapshotFileList {

            /** Properties of a SnapshotFileList. */
            interface $Properties {

                /** SnapshotFileList files */
                files?: (stageyard.v1.SnapshotFile.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotFileList. */
            type $Shape = stageyard.v1.SnapshotFileList.$Properties;
        }

        /** PackageNature enum. */
        enum PackageNature {

            /** PACKAGE_NATURE_UNSPECIFIED value */
            PACKAGE_NATURE_UNSPECIFIED = 0,

            /** PACKAGE_NATURE_INTERPRETER value */
            PACKAGE_NATURE_INTERPRETER = 1,

            /** PACKAGE_NATURE_DSO_LIBRARY value */
            PACKAGE_NATURE_DSO_LIBRARY = 2,

            /** PACKAGE_NATURE_PLUGIN_LIBRARY value */
            PACKAGE_NATURE_PLUGIN_LIBRARY = 3,

            /** PACKAGE_NATURE_INTERPRETED_LIBRARY value */
            PACKAGE_NATURE_INTERPRETED_LIBRARY = 4,

            /** PACKAGE_NATURE_NON_LIBRARY value */
            PACKAGE_NATURE_NON_LIBRARY = 5
        }

        /** LibraryOrigin enum. */
        enum LibraryOrigin {

            /** LIBRARY_ORIGIN_UNSPECIFIED value */
            LIBRARY_ORIGIN_UNSPECIFIED = 0,

            /** LIBRARY_ORIGIN_HOST value */
            LIBRARY_ORIGIN_HOST = 1,

            /** LIBRARY_ORIGIN_BUILD value */
            LIBRARY_ORIGIN_BUILD = 2,

            /** LIBRARY_ORIGIN_SYSROOT value */
            LIBRARY_ORIGIN_SYSROOT = 3
        }

        /**
         * Properties of a LibraryMapEntry.
         * @deprecated Use stageyard.v1.LibraryMapEntry.$Properties instead.
         */
        interface ILibraryMapEntry extends stageyard.v1.LibraryMapEntry.$Properties {
        }

        /** Represents a LibraryMapEntry. */
        class LibraryMapEntry {

            /**
             * Constructs a new LibraryMapEntry.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.LibraryMapEntry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LibraryMapEntry fileName. */
            fileName: string;

            /** LibraryMapEntry path. */
            path: string;

            /** LibraryMapEntry soname. */
            soname?: (string|null);

            /** LibraryMapEntry package. */
            package: string;

            /** LibraryMapEntry version. */
            version: string;

            /** LibraryMapEntry build. */
            build: string;

            /** LibraryMapEntry nature. */
            nature: stageyard.v1.PackageNature;

            /** LibraryMapEntry from. */
            from: stageyard.v1.LibraryOrigin;

            /**
             * Encodes the specified LibraryMapEntry message. Does not implicitly {@link stageyard.v1.LibraryMapEntry.verify|verify} messages.
             * @param message LibraryMapEntry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.LibraryMapEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LibraryMapEntry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.LibraryMapEntry & stageyard.v1.LibraryMapEntry.$Shape} LibraryMapEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.LibraryMapEntry & stageyard.v1.LibraryMapEntry.$Shape;
        }

        namespace LibraryMapEntry {

            /** Properties of a LibraryMapEntry. */
            interface $Properties {

                /** LibraryMapEntry fileName */
                fileName?: (string|null);

                /** LibraryMapEntry path */
                path?: (string|null);

                /** LibraryMapEntry soname */
                soname?: (string|null);

                /** LibraryMapEntry package */
                "package"?: (string|null);

                /** LibraryMapEntry version */
                version?: (string|null);

                /** LibraryMapEntry build */
                build?: (string|null);

                /** LibraryMapEntry nature */
                nature?: (stageyard.v1.PackageNature|null);

                /** LibraryMapEntry from */
                from?: (stageyard.v1.LibraryOrigin|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LibraryMapEntry. */
            type $Shape = stageyard.v1.LibraryMapEntry.$Properties;
        }

        /**
         * Properties of a LibraryMap.
         * @deprecated Use stageyard.v1.LibraryMap.$Properties instead.
         */
        interface ILibraryMap extends stageyard.v1.LibraryMap.$Properties {
        }

        /** Represents a LibraryMap. */
        class LibraryMap {

            /**
             * Constructs a new LibraryMap.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.LibraryMap.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LibraryMap version. */
            version: number;

            /** LibraryMap entries. */
            entries: stageyard.v1.LibraryMapEntry.$Properties[];

            /** LibraryMap hasSysroot. */
            hasSysroot: boolean;

            /**
             * Encodes the specified LibraryMap message. Does not implicitly {@link stageyard.v1.LibraryMap.verify|verify} messages.
             * @param message LibraryMap message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.LibraryMap.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LibraryMap message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.LibraryMap & stageyard.v1.LibraryMap.$Shape} LibraryMap
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.LibraryMap & stageyard.v1.LibraryMap.$Shape;
        }

        namespace LibraryMap {

            /** Properties of a LibraryMap. */
            interface $Properties {

                /** LibraryMap version */
                version?: (number|null);

                /** LibraryMap entries */
                entries?: (stageyard.v1.LibraryMapEntry.$Properties[]|null);

                /** LibraryMap hasSysroot */
                hasSysroot?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LibraryMap. */
            type $Shape = stageyard.v1.LibraryMap.$Properties;
        }

        /**
         * Properties of an IgnoreLists.
         * @deprecated Use stageyard.v1.IgnoreLists.$Properties instead.
         */
        interface IIgnoreLists extends stageyard.v1.IgnoreLists.$Properties {
        }

        /** Represents an IgnoreLists. */
        class IgnoreLists {

            /**
             * Constructs a new IgnoreLists.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.IgnoreLists.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** IgnoreLists byName. */
            byName: string[];

            /** IgnoreLists fromPackage. */
            fromPackage: string[];

            /**
             * Encodes the specified IgnoreLists message. Does not implicitly {@link stageyard.v1.IgnoreLists.verify|verify} messages.
             * @param message IgnoreLists message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.IgnoreLists.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an IgnoreLists message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.IgnoreLists & stageyard.v1.IgnoreLists.$Shape} IgnoreLists
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.IgnoreLists & stageyard.v1.IgnoreLists.$Shape;
        }

        namespace IgnoreLists {

            /** Properties of an IgnoreLists. */
            interface $Properties {

                /** IgnoreLists byName */
                byName?: (string[]|null);

                /** IgnoreLists fromPackage */
                fromPackage?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an IgnoreLists. */
            type $Shape = stageyard.v1.IgnoreLists.$Properties;
        }

        /**
         * Properties of a SnapshotManifest.
         * @deprecated Use stageyard.v1.SnapshotManifest.$Properties instead.
         */
        interface ISnapshotManifest extends stageyard.v1.SnapshotManifest.$Properties {
        }

        /** Represents a SnapshotManifest. */
        class SnapshotManifest {

            /**
             * Constructs a new SnapshotManifest.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.SnapshotManifest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotManifest schema. */
            schema: number;

            /** SnapshotManifest stagingName. */
            stagingName: string;

            /** SnapshotManifest variant. */
            variant: { [k: string]: stageyard.v1.ScalarValue.$Properties };

            /** SnapshotManifest prefixPath. */
            prefixPath: string;

            /** SnapshotManifest workPath. */
            workPath: string;

            /** SnapshotManifest prefix. */
            prefix?: (stageyard.v1.SnapshotLayer.$Properties|null);

            /** SnapshotManifest work. */
            work?: (stageyard.v1.SnapshotLayer.$Properties|null);

            /** SnapshotManifest environmentsJson. */
            environmentsJson: string;

            /** SnapshotManifest sourcesJson. */
            sourcesJson: string;

            /** SnapshotManifest exportsJson. */
            exportsJson: string;

            /** SnapshotManifest ignoreRunExports. */
            ignoreRunExports?: (stageyard.v1.IgnoreLists.$Properties|null);

            /** SnapshotManifest libraryMap. */
            libraryMap?: (stageyard.v1.LibraryMap.$Properties|null);

            /** SnapshotManifest unrewritable. */
            unrewritable: string[];

            /** SnapshotManifest irreproducibleBecause. */
            irreproducibleBecause?: (string|null);

            /**
             * Encodes the specified SnapshotManifest message. Does not implicitly {@link stageyard.v1.SnapshotManifest.verify|verify} messages.
             * @param message SnapshotManifest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.SnapshotManifest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotManifest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.SnapshotManifest & stageyard.v1.SnapshotManifest.$Shape} SnapshotManifest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.SnapshotManifest & stageyard.v1.SnapshotManifest.$Shape;
        }

        namespace SnapshotManifest {

            /** Properties of a SnapshotManifest. */
            interface $Properties {

                /** SnapshotManifest schema */
                schema?: (number|null);

                /** SnapshotManifest stagingName */
                stagingName?: (string|null);

                /** SnapshotManifest variant */
                variant?: ({ [k: string]: stageyard.v1.ScalarValue.$Properties }|null);

                /** SnapshotManifest prefixPath */
                prefixPath?: (string|null);

                /** SnapshotManifest workPath */
                workPath?: (string|null);

                /** SnapshotManifest prefix */
                prefix?: (stageyard.v1.SnapshotLayer.$Properties|null);

                /** SnapshotManifest work */
                work?: (stageyard.v1.SnapshotLayer.$Properties|null);

                /** SnapshotManifest environmentsJson */
                environmentsJson?: (string|null);

                /** SnapshotManifest sourcesJson */
                sourcesJson?: (string|null);

                /** SnapshotManifest exportsJson */
                exportsJson?: (string|null);

                /** SnapshotManifest ignoreRunExports */
                ignoreRunExports?: (stageyard.v1.IgnoreLists.$Properties|null);

                /** SnapshotManifest libraryMap */
                libraryMap?: (stageyard.v1.LibraryMap.$Properties|null);

                /** SnapshotManifest unrewritable */
                unrewritable?: (string[]|null);

                /** SnapshotManifest irreproducibleBecause */
                irreproducibleBecause?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotManifest. */
            type $Shape = {
              schema?: number|null;
              stagingName?: string|null;
              variant?: { [k: string]: stageyard.v1.ScalarValue.$Shape }|null;
              prefixPath?: string|null;
              workPath?: string|null;
              prefix?: stageyard.v1.SnapshotLayer.$Shape|null;
              work?: stageyard.v1.SnapshotLayer.$Shape|null;
              environmentsJson?: string|null;
              sourcesJson?: string|null;
              exportsJson?: string|null;
              ignoreRunExports?: stageyard.v1.IgnoreLists.$Shape|null;
              libraryMap?: stageyard.v1.LibraryMap.$Shape|null;
              unrewritable?: string[]|null;
              irreproducibleBecause?: string|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a HostTool.
         * @deprecated Use stageyard.v1.HostTool.$Properties instead.
         */
        interface IHostTool extends stageyard.v1.HostTool.$Properties {
        }

        /** Represents a HostTool. */
        class HostTool {

            /**
             * Constructs a new HostTool.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.HostTool.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HostTool name. */
            name: string;

            /** HostTool path. */
            path: string;

            /** HostTool version. */
            version: string;

            /**
             * Encodes the specified HostTool message. Does not implicitly {@link stageyard.v1.HostTool.verify|verify} messages.
             * @param message HostTool message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.HostTool.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HostTool message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.HostTool & stageyard.v1.HostTool.$Shape} HostTool
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.HostTool & stageyard.v1.HostTool.$Shape;
        }

        namespace HostTool {

            /** Properties of a HostTool. */
            interface $Properties {

                /** HostTool name */
                name?: (string|null);

                /** HostTool path */
                path?: (string|null);

                /** HostTool version */
                version?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HostTool. */
            type $Shape = stageyard.v1.HostTool.$Properties;
        }

        /**
         * Properties of a WorkerIdentity.
         * @deprecated Use stageyard.v1.WorkerIdentity.$Properties instead.
         */
        interface IWorkerIdentity extends stageyard.v1.WorkerIdentity.$Properties {
        }

        /** Represents a WorkerIdentity. */
        class WorkerIdentity {

            /**
             * Constructs a new WorkerIdentity.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.WorkerIdentity.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** WorkerIdentity system. */
            system: string;

            /** WorkerIdentity distribution. */
            distribution: string;

            /** WorkerIdentity cLibrary. */
            cLibrary: string;

            /** WorkerIdentity tools. */
            tools: stageyard.v1.HostTool.$Properties[];

            /** WorkerIdentity imageDigest. */
            imageDigest: string;

            /**
             * Encodes the specified WorkerIdentity message. Does not implicitly {@link stageyard.v1.WorkerIdentity.verify|verify} messages.
             * @param message WorkerIdentity message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.WorkerIdentity.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a WorkerIdentity message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.WorkerIdentity & stageyard.v1.WorkerIdentity.$Shape} WorkerIdentity
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.WorkerIdentity & stageyard.v1.WorkerIdentity.$Shape;
        }

        namespace WorkerIdentity {

            /** Properties of a WorkerIdentity. */
            interface $Properties {

                /** WorkerIdentity system */
                system?: (string|null);

                /** WorkerIdentity distribution */
                distribution?: (string|null);

                /** WorkerIdentity cLibrary */
                cLibrary?: (string|null);

                /** WorkerIdentity tools */
                tools?: (stageyard.v1.HostTool.$Properties[]|null);

                /** WorkerIdentity imageDigest */
                imageDigest?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a WorkerIdentity. */
            type $Shape = stageyard.v1.WorkerIdentity.$Properties;
        }

        /**
         * Properties of a RunningAttempt.
         * @deprecated Use stageyard.v1.RunningAttempt.$Properties instead.
         */
        interface IRunningAttempt extends stageyard.v1.RunningAttempt.$Properties {
        }

        /** Represents a RunningAttempt. */
        class RunningAttempt {

            /**
             * Constructs a new RunningAttempt.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.RunningAttempt.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RunningAttempt run. */
            run: string;

            /** RunningAttempt generation. */
            generation: (number|Long);

            /** RunningAttempt task. */
            task: string;

            /** RunningAttempt epoch. */
            epoch: (number|Long);

            /** RunningAttempt kind. */
            kind: stageyard.v1.TaskKind;

            /** RunningAttempt title. */
            title: string;

            /**
             * Encodes the specified RunningAttempt message. Does not implicitly {@link stageyard.v1.RunningAttempt.verify|verify} messages.
             * @param message RunningAttempt message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.RunningAttempt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RunningAttempt message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.RunningAttempt & stageyard.v1.RunningAttempt.$Shape} RunningAttempt
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.RunningAttempt & stageyard.v1.RunningAttempt.$Shape;
        }

        namespace RunningAttempt {

            /** Properties of a RunningAttempt. */
            interface $Properties {

                /** RunningAttempt run */
                run?: (string|null);

                /** RunningAttempt generation */
                generation?: (number|Long|null);

                /** RunningAttempt task */
                task?: (string|null);

                /** RunningAttempt epoch */
                epoch?: (number|Long|null);

                /** RunningAttempt kind */
                kind?: (stageyard.v1.TaskKind|null);

                /** RunningAttempt title */
                title?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RunningAttempt. */
            type $Shape = stageyard.v1.RunningAttempt.$Properties;
        }

        /**
         * Properties of a WorkerAnnouncement.
         * @deprecated Use stageyard.v1.WorkerAnnouncement.$Properties instead.
         */
        interface IWorkerAnnouncement extends stageyard.v1.WorkerAnnouncement.$Properties {
        }

        /** Represents a WorkerAnnouncement. */
        class WorkerAnnouncement {

            /**
             * Constructs a new WorkerAnnouncement.
             * @param [properties] Properties to set
             */
            constructor(properties?: stageyard.v1.WorkerAnnouncement.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** WorkerAnnouncement protocolVersion. */
            protocolVersion: number;

            /** WorkerAnnouncement worker. */
            worker: string;

            /** WorkerAnnouncement identity. */
            identity?: (stageyard.v1.WorkerIdentity.$Properties|null);

            /** WorkerAnnouncement platform. */
            platform: string;

            /** WorkerAnnouncement labels. */
            labels: string[];

            /** WorkerAnnouncement secretNames. */
            secretNames: string[];

            /** WorkerAnnouncement slots. */
            slots: number;

            /** WorkerAnnouncement running. */
            running: stageyard.v1.RunningAttempt.$Properties[];

            /** WorkerAnnouncement memoryBytes. */
            memoryBytes: (number|Long);

            /** WorkerAnnouncement freeDiskBytes. */
            freeDiskBytes: (number|Long);

            /** WorkerAnnouncement version. */
            version: string;

            /** WorkerAnnouncement isDraining. */
            isDraining: boolean;

            /** WorkerAnnouncement isSick. */
            isSick: boolean;

            /** WorkerAnnouncement protocolVersions. */
            protocolVersions: number[];

            /**
             * Encodes the specified WorkerAnnouncement message. Does not implicitly {@link stageyard.v1.WorkerAnnouncement.verify|verify} messages.
             * @param message WorkerAnnouncement message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: stageyard.v1.WorkerAnnouncement.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a WorkerAnnouncement message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {stageyard.v1.WorkerAnnouncement & stageyard.v1.WorkerAnnouncement.$Shape} WorkerAnnouncement
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): stageyard.v1.WorkerAnnouncement & stageyard.v1.WorkerAnnouncement.$Shape;
        }

        namespace WorkerAnnouncement {

            /** Properties of a WorkerAnnouncement. */
            interface $Properties {

                /** WorkerAnnouncement protocolVersion */
                protocolVersion?: (number|null);

                /** WorkerAnnouncement worker */
                worker?: (string|null);

                /** WorkerAnnouncement identity */
                identity?: (stageyard.v1.WorkerIdentity.$Properties|null);

                /** WorkerAnnouncement platform */
                platform?: (string|null);

                /** WorkerAnnouncement labels */
                labels?: (string[]|null);

                /** WorkerAnnouncement secretNames */
                secretNames?: (string[]|null);

                /** WorkerAnnouncement slots */
                slots?: (number|null);

                /** WorkerAnnouncement running */
                running?: (stageyard.v1.RunningAttempt.$Properties[]|null);

                /** WorkerAnnouncement memoryBytes */
                memoryBytes?: (number|Long|null);

                /** WorkerAnnouncement freeDiskBytes */
                freeDiskBytes?: (number|Long|null);

                /** WorkerAnnouncement version */
                version?: (string|null);

                /** WorkerAnnouncement isDraining */
                isDraining?: (boolean|null);

                /** WorkerAnnouncement isSick */
                isSick?: (boolean|null);

                /** WorkerAnnouncement protocolVersions */
                protocolVersions?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a WorkerAnnouncement. */
            type $Shape = stageyard.v1.WorkerAnnouncement.$Properties;
        }
    }
}
