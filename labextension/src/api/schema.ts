/** Generated from the OpenAPI document of the lab service by `jlpm types`: do not edit. */

export interface paths {
  '/api/browse': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List Browse */
    get: operations['list_browse'];
    put?: never;
    /**
     * Open Browse
     * @description Open a view in FiftyOne: returns at once; watch ``status``. The App is at the Jupyter base URL plus ``path``.
     */
    post: operations['open_browse'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/browse/{browse}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Browse
     * @description How far it is, and what is selected and shown in the App.
     */
    get: operations['get_browse'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/check': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Check
     * @description Read every stored file, as a run whose result is a ScrubReport.
     */
    post: operations['check'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List Datasets */
    get: operations['list_datasets'];
    put?: never;
    /** Create Dataset */
    post: operations['create_dataset'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Dataset
     * @description A dataset by id or by name.
     */
    get: operations['get_dataset'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Rename Dataset */
    patch: operations['rename_dataset'];
    trace?: never;
  };
  '/api/datasets/{dataset}/classes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List Classes */
    get: operations['list_classes'];
    put?: never;
    /** Create Class */
    post: operations['create_class'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/classes/{class_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change Class */
    patch: operations['change_class'];
    trace?: never;
  };
  '/api/datasets/{dataset}/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Start Export
     * @description Export a view. The run's result is an ExportReport; without a path the file waits for download.
     */
    post: operations['start_export'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/import': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Start Import
     * @description Import finished uploads (or, over the unix socket, paths). The run's result is an ImportReport.
     */
    post: operations['start_import'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/labels': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Edit Labels
     * @description Apply a batch of edits as one revision; answered after it is durable.
     */
    post: operations['edit_labels'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/review': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Review
     * @description Accept or reject suggestions in bulk.
     */
    post: operations['review'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/samples/ids': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Query Ids
     * @description All sample ids of a view, in its order.
     */
    post: operations['query_ids'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/samples/query': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Query Samples
     * @description A page of a view, with labels; at most 200 samples unless a smaller limit is given.
     */
    post: operations['query_samples'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/samples/{sample}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get Sample */
    get: operations['get_sample'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/samples/{sample}/media': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Media
     * @description The picture as labels see it (orientation applied), or the video; with Range.
     */
    get: operations['get_media'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/samples/{sample}/thumbnail': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Thumbnail
     * @description A small picture without any metadata.
     */
    get: operations['get_thumbnail'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/sql': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Run Sql
     * @description One SELECT over samples, labels, classes and history, read-only; answers an Arrow IPC stream.
     */
    post: operations['run_sql'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/stats': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Dataset Stats */
    get: operations['dataset_stats'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/undo': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Undo */
    post: operations['undo'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/datasets/{dataset}/versions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List Versions */
    get: operations['list_versions'];
    put?: never;
    /** Freeze Version */
    post: operations['freeze_version'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Events
     * @description Server-sent events; ``Last-Event-ID`` (or ``since``) resumes without loss.
     */
    get: operations['events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/lab': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * About
     * @description Who answers here. Cheap and never blocked by work: used to see whether the service lives.
     */
    get: operations['about'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/models': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List Models */
    get: operations['list_models'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/models/import': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Import Model
     * @description Bring in a .pt or a model file, from a finished upload or (over the unix socket) a path. It is opened only in a sandbox.
     */
    post: operations['import_model'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/models/{model}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Model
     * @description A model by id or by name.
     */
    get: operations['get_model'];
    put?: never;
    post?: never;
    /** Delete Model */
    delete: operations['delete_model'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/models/{model}/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Export Model
     * @description The model in another format (pt, onnx, torchscript, safetensors): as a download, or (over the unix socket) into a file.
     */
    post: operations['export_model'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/models/{model}/weights': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Weights
     * @description The model file: safetensors with the description in its metadata.
     */
    get: operations['get_weights'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/archive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Archive
     * @description Everything as one archive, as a run; without a path it waits for download.
     */
    post: operations['archive'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/erasures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Plan Erasure
     * @description A dry run: what would go. Nothing is touched.
     */
    post: operations['plan_erasure'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/erasures/{plan}/execute': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Execute Erasure
     * @description Destroy it for good and answer with the signed certificate.
     */
    post: operations['execute_erasure'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/inventory': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Inventory
     * @description What is stored, by kind, with bytes and where.
     */
    get: operations['inventory'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Verify Certificate
     * @description Whether a certificate is genuine and unchanged.
     */
    post: operations['verify_certificate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Runs
     * @description All runs, newest first.
     */
    get: operations['list_runs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/evaluate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Start Evaluation
     * @description Compare a model with the accepted labels of a view.
     */
    post: operations['start_evaluation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/predict': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Start Prediction
     * @description Let a model label a view; its labels are suggestions unless ``mode`` is ``accept``.
     */
    post: operations['start_prediction'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/train': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Start Training
     * @description Fine-tune on a pinned version of a dataset, in a worker.
     */
    post: operations['start_training'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/{run}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get Run */
    get: operations['get_run'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/{run}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cancel Run */
    post: operations['cancel_run'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/{run}/download': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Download
     * @description The finished export or archive of a run.
     */
    get: operations['download'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/runs/{run}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Resume Run */
    post: operations['resume_run'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/settings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get Settings */
    get: operations['get_settings'];
    /** Put Settings */
    put: operations['put_settings'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/uploads': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Create Upload
     * @description Begin an upload; its address is in Location, relative to this one. A body holds the first bytes.
     */
    post: operations['create_upload'];
    delete?: never;
    /**
     * Describe Uploads
     * @description What this tus server can do.
     */
    options: operations['describe_uploads'];
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/uploads/{upload}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Cancel Upload
     * @description Throw the upload away.
     */
    delete: operations['cancel_upload'];
    options?: never;
    /**
     * Look At Upload
     * @description How far the upload is.
     */
    head: operations['look_at_upload'];
    /**
     * Continue Upload
     * @description Append bytes at Upload-Offset, which must be where the upload is.
     */
    patch: operations['continue_upload'];
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** ArchiveIn */
    ArchiveIn: {
      /** Datasets */
      datasets?: string[] | null;
      /** Path */
      path?: string | null;
    };
    /** BrowseIn */
    BrowseIn: {
      /** Dataset */
      dataset: string;
      /**
       * @default {
       *       "offset": 0
       *     }
       */
      view: components['schemas']['ViewSpec'];
    };
    /**
     * BrowseOut
     * @description Where the FiftyOne App is, below the Jupyter base URL, and what is selected in it.
     */
    BrowseOut: {
      /** Dataset */
      dataset: string;
      /** Id */
      id: string;
      /**
       * Loaded
       * @default 0
       */
      loaded: number;
      /**
       * Message
       * @default
       */
      message: string;
      /** Path */
      path: string;
      /** Selected */
      selected?: number[];
      /**
       * Status
       * @enum {string}
       */
      status: 'starting' | 'filling' | 'ready' | 'failed';
      /**
       * Total
       * @default 0
       */
      total: number;
      /**
       * View
       * @description Sample ids of the view in the App; None means all.
       */
      view?: number[] | null;
    };
    /**
     * Certificate
     * @description What an export holds, and what the format could not.
     */
    Certificate: {
      /** Digest */
      digest: string;
      /** Format */
      format: string;
      /** Labels */
      labels: number;
      /**
       * Lossless
       * @default true
       */
      lossless: boolean;
      /**
       * Lost
       * @description What the format cannot hold, with counts.
       */
      lost?: {
        [key: string]: number;
      };
      /** Samples */
      samples: number;
    };
    /** ClassCreate */
    ClassCreate: {
      /** Color */
      color?: string | null;
      /** Name */
      name: string;
    };
    /** ClassOut */
    ClassOut: {
      /** Color */
      color: string;
      /** Id */
      id: number;
      /** Keypoints */
      keypoints?: string[] | null;
      /**
       * Labels
       * @default 0
       */
      labels: number;
      /** Name */
      name: string;
      /** Skeleton */
      skeleton?: number[] | null;
      /** Supercategory */
      supercategory?: string | null;
    };
    /** ClassPatch */
    ClassPatch: {
      /** Color */
      color?: string | null;
      /** Name */
      name?: string | null;
    };
    /** DatasetCreate */
    DatasetCreate: {
      /** Name */
      name: string;
      /**
       * Storage
       * @default retained
       * @enum {string}
       */
      storage: 'retained' | 'ephemeral';
    };
    /** DatasetOut */
    DatasetOut: {
      /** Bytes */
      bytes: number;
      /** Classes */
      classes: string[];
      /**
       * Cover
       * @description Sample id whose thumbnail stands for the dataset.
       */
      cover?: number | null;
      /** Created */
      created: string;
      /** Id */
      id: string;
      /** Labels */
      labels: number;
      /** Name */
      name: string;
      /**
       * Restricted
       * @default false
       */
      restricted: boolean;
      /** Revision */
      revision: number;
      /** Samples */
      samples: number;
      /**
       * Storage
       * @enum {string}
       */
      storage: 'retained' | 'ephemeral';
    };
    /** DatasetPatch */
    DatasetPatch: {
      /** Name */
      name: string;
    };
    /**
     * Edit
     * @description One change. ``set`` names the fields to change; ``delete`` needs only the id.
     *
     *     ``since`` is the revision of the label that the caller saw: if somebody changed the label after it, the edit is
     *     refused as a conflict and nothing of the batch is applied.
     */
    Edit: {
      /** Label */
      label?: number | null;
      /**
       * Op
       * @enum {string}
       */
      op: 'add' | 'set' | 'delete' | 'tag_sample' | 'delete_sample';
      /** Sample */
      sample?: number | null;
      /** Set */
      set?: {
        [key: string]: unknown;
      } | null;
      /** Since */
      since?: number | null;
      /** Tags */
      tags?: string[] | null;
      value?: components['schemas']['LabelIn'] | null;
    };
    /**
     * EditBatch
     * @description Applied as one revision, exactly once for each ``client_id`` however often it is sent.
     */
    EditBatch: {
      /**
       * Client Id
       * Format: uuid
       */
      client_id?: string;
      /** Edits */
      edits: components['schemas']['Edit'][];
      /**
       * Message
       * @default
       */
      message: string;
    };
    /**
     * ErasureCertificate
     * @description Signed proof that a dataset was destroyed; ``signature`` is Ed25519 over the canonical JSON of ``body``.
     */
    ErasureCertificate: {
      /** Body */
      body: {
        [key: string]: unknown;
      };
      /** Public Key */
      public_key: string;
      /** Signature */
      signature: string;
    };
    /** ErasureExecute */
    ErasureExecute: {
      /**
       * Confirm
       * @description The plan's hash, or the dataset's name as typed by the user.
       */
      confirm: string;
      /** Hash */
      hash: string;
    };
    /** ErasurePlan */
    ErasurePlan: {
      /** Bytes */
      bytes: number;
      /** Confirm Text */
      confirm_text: string;
      /** Dataset */
      dataset: string;
      /** Hash */
      hash: string;
      /** Id */
      id: string;
      /** Models */
      models: string[];
      /** Name */
      name: string;
      /** Rows */
      rows: components['schemas']['InventoryRow'][];
      /** Runs */
      runs: string[];
    };
    /** ErasurePlanIn */
    ErasurePlanIn: {
      /** Dataset */
      dataset: string;
    };
    /** EvaluateIn */
    EvaluateIn: {
      /** Dataset */
      dataset: string;
      /**
       * Device
       * @default auto
       */
      device: string;
      /**
       * Imgsz
       * @default 640
       */
      imgsz: number;
      /** Model */
      model: string;
      /**
       * @default {
       *       "offset": 0
       *     }
       */
      view: components['schemas']['ViewSpec'];
    };
    /** Event */
    Event: {
      /** Data */
      data?: {
        [key: string]: unknown;
      };
      /**
       * Dataset
       * @default null
       */
      dataset: string | null;
      /** Id */
      id: number;
      /**
       * Run
       * @default null
       */
      run: string | null;
      /**
       * Type
       * @enum {string}
       */
      type: 'dataset' | 'run' | 'browse' | 'upload' | 'notice' | 'rights';
    };
    /** ExportIn */
    ExportIn: {
      /** Format */
      format: string;
      /**
       * Keep Gps
       * @default false
       */
      keep_gps: boolean;
      /**
       * Media
       * @default true
       */
      media: boolean;
      /**
       * Path
       * @description Write here (unix socket only); None keeps it for download.
       */
      path?: string | null;
      /**
       * States
       * @default [
       *       "accepted"
       *     ]
       */
      states: ('suggested' | 'accepted' | 'rejected')[];
      /**
       * @default {
       *       "offset": 0
       *     }
       */
      view: components['schemas']['ViewSpec'];
    };
    /** ExportReport */
    ExportReport: {
      /** Bytes */
      bytes: number;
      certificate: components['schemas']['Certificate'];
      /**
       * Download
       * @default null
       */
      download: string | null;
      /** Files */
      files: number;
      /**
       * Path
       * @default null
       */
      path: string | null;
      /** Seconds */
      seconds: number;
    };
    /**
     * Fault
     * @description A stored file that is not as it should be. ``samples``: names of those that need it, at most 20.
     */
    Fault: {
      /** Blob */
      blob: string;
      /** Dataset */
      dataset: string | null;
      /** Samples */
      samples: string[];
      /**
       * What
       * @enum {string}
       */
      what: 'missing' | 'damaged' | 'extra';
    };
    /**
     * ImportIn
     * @description Where to import from: finished uploads, or (over the unix socket only) paths that the user named.
     */
    ImportIn: {
      /** Format */
      format?: string | null;
      /**
       * Keep Gps
       * @default false
       */
      keep_gps: boolean;
      /**
       * Labels
       * @description Upload id or path of the labels, if apart from the media.
       */
      labels?: string | null;
      /** Paths */
      paths?: string[];
      /** Split */
      split?: string | null;
      /** Uploads */
      uploads?: string[];
    };
    /**
     * ImportReport
     * @description What came in, and each problem with file and line.
     */
    ImportReport: {
      /**
       * Bytes
       * @default 0
       */
      bytes: number;
      /**
       * Classes
       * @default 0
       */
      classes: number;
      /**
       * Duplicates
       * @default 0
       */
      duplicates: number;
      /**
       * Format
       * @default null
       */
      format: string | null;
      /**
       * Labels
       * @default 0
       */
      labels: number;
      /**
       * Problem Count
       * @default 0
       */
      problem_count: number;
      /** Problems */
      problems?: components['schemas']['Problem'][];
      /**
       * Revision
       * @default null
       */
      revision: number | null;
      /**
       * Samples
       * @default 0
       */
      samples: number;
      /**
       * Seconds
       * @default 0
       */
      seconds: number;
    };
    /** Inventory */
    Inventory: {
      /** Bytes */
      bytes: number;
      /** Rows */
      rows: components['schemas']['InventoryRow'][];
    };
    /** InventoryRow */
    InventoryRow: {
      /** Bytes */
      bytes: number;
      /** Dataset */
      dataset: string | null;
      /** Items */
      items: number;
      /** Kind */
      kind: string;
      /** Name */
      name: string;
      /** Where */
      where: string;
    };
    /** LabInfo */
    LabInfo: {
      /** Active Runs */
      active_runs: number;
      /** Datasets */
      datasets: number;
      /** Free Bytes */
      free_bytes: number;
      /**
       * Notices
       * @description What recovery did at the last start, in plain words.
       */
      notices?: string[];
      /** Pid */
      pid: number;
      /** Version */
      version: string;
      /** Workspace */
      workspace: string;
    };
    /** LabelIn */
    LabelIn: {
      /** Attributes */
      attributes?: {
        [key: string]: unknown;
      } | null;
      /** Bbox */
      bbox?: [number, number, number, number] | null;
      /** Class Name */
      class_name: string;
      /** Confidence */
      confidence?: number | null;
      /**
       * Crowd
       * @default false
       */
      crowd: boolean;
      /** Frame */
      frame?: number | null;
      /**
       * Kind
       * @default box
       * @enum {string}
       */
      kind: 'box' | 'rotated' | 'polygon' | 'mask' | 'keypoints' | 'tag';
      /** Points */
      points?: number[] | null;
      /** Rings */
      rings?: number[][] | null;
      /** Rle */
      rle?: string | null;
      /**
       * Source
       * @default human
       */
      source: string;
      /**
       * State
       * @default accepted
       * @enum {string}
       */
      state: 'suggested' | 'accepted' | 'rejected';
      /** Track */
      track?: number | null;
    };
    /** LabelOut */
    LabelOut: {
      /** Area */
      area?: number | null;
      /** Attributes */
      attributes?: {
        [key: string]: unknown;
      } | null;
      /** Bbox */
      bbox?: [number, number, number, number] | null;
      /** Class Name */
      class_name: string;
      /** Confidence */
      confidence?: number | null;
      /**
       * Crowd
       * @default false
       */
      crowd: boolean;
      /** Frame */
      frame?: number | null;
      /** Id */
      id: number;
      /**
       * Kind
       * @default box
       * @enum {string}
       */
      kind: 'box' | 'rotated' | 'polygon' | 'mask' | 'keypoints' | 'tag';
      /** Points */
      points?: number[] | null;
      /** Rings */
      rings?: number[][] | null;
      /** Rle */
      rle?: string | null;
      /** Sample */
      sample: number;
      /** Since */
      since: number;
      /**
       * Source
       * @default human
       */
      source: string;
      /**
       * State
       * @default accepted
       * @enum {string}
       */
      state: 'suggested' | 'accepted' | 'rejected';
      /** Track */
      track?: number | null;
    };
    /** ModelExport */
    ModelExport: {
      /**
       * Format
       * @default onnx
       */
      format: string;
      /**
       * Imgsz
       * @default 640
       */
      imgsz: number;
      /** Path */
      path?: string | null;
    };
    /** ModelImport */
    ModelImport: {
      /** Name */
      name?: string | null;
      /** Path */
      path?: string | null;
      /** Upload */
      upload?: string | null;
    };
    /** ModelOut */
    ModelOut: {
      /** Bytes */
      bytes: number;
      /** Classes */
      classes: string[];
      /** Created */
      created: string;
      /** Dataset */
      dataset?: string | null;
      /** Id */
      id: string;
      /** Metrics */
      metrics?: {
        [key: string]: number;
      };
      /** Name */
      name: string;
      /**
       * Origin
       * @default
       */
      origin: string;
      /** Run */
      run?: string | null;
      /** Sha256 */
      sha256: string;
      /** Task */
      task: string;
      /** Version */
      version?: string | null;
    };
    /** PredictIn */
    PredictIn: {
      /**
       * Conf
       * @default 0.25
       */
      conf: number;
      /** Dataset */
      dataset: string;
      /**
       * Device
       * @default auto
       */
      device: string;
      /**
       * Imgsz
       * @default 640
       */
      imgsz: number;
      /**
       * Iou
       * @default 0.7
       */
      iou: number;
      /**
       * Mode
       * @default suggest
       * @enum {string}
       */
      mode: 'suggest' | 'accept';
      /** Model */
      model: string;
      /**
       * @default {
       *       "offset": 0
       *     }
       */
      view: components['schemas']['ViewSpec'];
    };
    /**
     * Problem
     * @description One record that could not be taken, or was taken with a change.
     */
    Problem: {
      /** File */
      file: string;
      /**
       * Line
       * @default null
       */
      line: number | null;
      /**
       * Severity
       * @default skipped
       * @enum {string}
       */
      severity: 'skipped' | 'changed' | 'note';
      /** What */
      what: string;
    };
    /** Receipt */
    Receipt: {
      /**
       * Labels
       * @description The label id of each edit, in order (new ids for adds).
       */
      labels: (number | null)[];
      /**
       * Repeated
       * @description The batch had been applied before; nothing was done twice.
       * @default false
       */
      repeated: boolean;
      /** Revision */
      revision: number;
    };
    /**
     * ReviewIn
     * @description Accept or reject suggestions in bulk: those of ``ids``, or all of ``source`` at or above ``confidence``.
     */
    ReviewIn: {
      /**
       * Client Id
       * Format: uuid
       */
      client_id?: string;
      /** Ids */
      ids?: number[] | null;
      /**
       * Max Confidence
       * @default 1
       */
      max_confidence: number;
      /**
       * Min Confidence
       * @default 0
       */
      min_confidence: number;
      /** Source */
      source?: string | null;
      /**
       * State
       * @enum {string}
       */
      state: 'suggested' | 'accepted' | 'rejected';
      /**
       * @default {
       *       "offset": 0
       *     }
       */
      view: components['schemas']['ViewSpec'];
    };
    /** RunDetail */
    RunDetail: {
      /** Created */
      created: string;
      /** Dataset */
      dataset: string | null;
      /** Ended */
      ended?: string | null;
      /** Eta S */
      eta_s?: number | null;
      /** Id */
      id: string;
      /**
       * Kind
       * @enum {string}
       */
      kind: 'train' | 'predict' | 'evaluate' | 'import' | 'export' | 'archive' | 'check';
      /**
       * Log
       * @description The last lines of the log.
       */
      log?: string[];
      /**
       * Message
       * @default
       */
      message: string;
      /**
       * Metrics
       * @description One row per epoch.
       */
      metrics?: {
        [key: string]: number;
      }[];
      /**
       * Model
       * @description The model that a finished training run made.
       */
      model?: string | null;
      /** Params */
      params?: {
        [key: string]: unknown;
      };
      /** Problem */
      problem?: {
        [key: string]: unknown;
      } | null;
      /**
       * Progress
       * @default 0
       */
      progress: number;
      /** Result */
      result?: {
        [key: string]: unknown;
      } | null;
      /** Started */
      started?: string | null;
      /**
       * Status
       * @enum {string}
       */
      status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost';
      /** Title */
      title: string;
      /**
       * Version
       * @description Digest of the pinned dataset version.
       */
      version?: string | null;
    };
    /**
     * RunOut
     * @description A piece of work that takes longer than a request: training, prediction, evaluation, import, export.
     */
    RunOut: {
      /** Created */
      created: string;
      /** Dataset */
      dataset: string | null;
      /** Ended */
      ended?: string | null;
      /** Eta S */
      eta_s?: number | null;
      /** Id */
      id: string;
      /**
       * Kind
       * @enum {string}
       */
      kind: 'train' | 'predict' | 'evaluate' | 'import' | 'export' | 'archive' | 'check';
      /**
       * Message
       * @default
       */
      message: string;
      /**
       * Model
       * @description The model that a finished training run made.
       */
      model?: string | null;
      /** Params */
      params?: {
        [key: string]: unknown;
      };
      /** Problem */
      problem?: {
        [key: string]: unknown;
      } | null;
      /**
       * Progress
       * @default 0
       */
      progress: number;
      /** Result */
      result?: {
        [key: string]: unknown;
      } | null;
      /** Started */
      started?: string | null;
      /**
       * Status
       * @enum {string}
       */
      status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost';
      /** Title */
      title: string;
      /**
       * Version
       * @description Digest of the pinned dataset version.
       */
      version?: string | null;
    };
    /** SampleOut */
    SampleOut: {
      /** Bytes */
      bytes?: number | null;
      /** Frame */
      frame?: number | null;
      /**
       * Has Media
       * @default true
       */
      has_media: boolean;
      /** Height */
      height: number;
      /** Id */
      id: number;
      /**
       * Kind
       * @enum {string}
       */
      kind: 'image' | 'video' | 'frame';
      /** Labels */
      labels?: components['schemas']['LabelOut'][];
      /** Mime */
      mime?: string | null;
      /** Name */
      name: string;
      /** Split */
      split?: string | null;
      /** Tags */
      tags?: string[];
      /** Video */
      video?: number | null;
      /** Width */
      width: number;
    };
    /** SamplePage */
    SamplePage: {
      /** Revision */
      revision: number;
      /** Samples */
      samples: components['schemas']['SampleOut'][];
      /** Total */
      total: number;
    };
    /**
     * ScrubReport
     * @description What reading every stored file showed; at most 1,000 faults are listed, all are counted.
     */
    ScrubReport: {
      /** Bytes */
      bytes: number;
      /** Fault Count */
      fault_count: number;
      /** Faults */
      faults: components['schemas']['Fault'][];
      /** Files */
      files: number;
    };
    /**
     * Settings
     * @description Things the user allowed. All are off until somebody switches them on.
     */
    Settings: {
      /**
       * Allow Downloads
       * @default false
       */
      allow_downloads: boolean;
    };
    /** SqlIn */
    SqlIn: {
      /** At */
      at?: number | string | null;
      /** Query */
      query: string;
    };
    /**
     * Stats
     * @description What a person wants to see first about a dataset.
     */
    Stats: {
      /** By Class */
      by_class: {
        [key: string]: number;
      };
      /** By Kind */
      by_kind: {
        [key: string]: number;
      };
      /** By Source */
      by_source: {
        [key: string]: number;
      };
      /** By Split */
      by_split: {
        [key: string]: number;
      };
      /** By State */
      by_state: {
        [key: string]: number;
      };
      /** Bytes */
      bytes: number;
      /** Labels */
      labels: number;
      /** Samples */
      samples: number;
      /** Unlabelled */
      unlabelled: number;
    };
    /** TrainIn */
    TrainIn: {
      /**
       * Args
       * @description Further Ultralytics training arguments.
       */
      args?: {
        [key: string]: unknown;
      };
      /**
       * Batch
       * @default 16
       */
      batch: number;
      /** Dataset */
      dataset: string;
      /**
       * Device
       * @default auto
       */
      device: string;
      /**
       * Epochs
       * @default 20
       */
      epochs: number;
      /**
       * Executor
       * @default local
       */
      executor: string;
      /**
       * Imgsz
       * @default 640
       */
      imgsz: number;
      /**
       * Model
       * @default yolo11n.pt
       */
      model: string;
      /**
       * Seed
       * @default 0
       */
      seed: number;
      /**
       * Val Fraction
       * @default 0.2
       */
      val_fraction: number;
      /**
       * @default {
       *       "offset": 0
       *     }
       */
      view: components['schemas']['ViewSpec'];
    };
    /** UndoIn */
    UndoIn: {
      /**
       * Client Id
       * Format: uuid
       */
      client_id?: string;
      /**
       * Revision
       * @description The revision to take back; None means the newest.
       */
      revision?: number | null;
    };
    /** VersionCreate */
    VersionCreate: {
      /** Name */
      name: string;
    };
    /** VersionOut */
    VersionOut: {
      /** Created */
      created: string;
      /** Digest */
      digest: string;
      /** Name */
      name: string;
      /** Revision */
      revision: number;
    };
    /**
     * ViewSpec
     * @description Which samples: ids, or a condition in SQL over ``samples``, evaluated read-only in a sandbox.
     */
    ViewSpec: {
      /**
       * At
       * @description A revision or the name of a version; None means now.
       */
      at?: number | string | null;
      /** Ids */
      ids?: number[] | null;
      /** Limit */
      limit?: number | null;
      /**
       * Offset
       * @default 0
       */
      offset: number;
      /** Order By */
      order_by?: string | null;
      /**
       * Where
       * @description e.g. "split = 'val' AND NOT EXISTS labels"
       */
      where?: string | null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  list_browse: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BrowseOut'][];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  open_browse: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['BrowseIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BrowseOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_browse: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        browse: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BrowseOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  check: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  list_datasets: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DatasetOut'][];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  create_dataset: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DatasetCreate'];
      };
    };
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DatasetOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_dataset: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DatasetOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  rename_dataset: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DatasetPatch'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DatasetOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  list_classes: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClassOut'][];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  create_class: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ClassCreate'];
      };
    };
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClassOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  change_class: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
        class_id: number;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ClassPatch'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClassOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  start_export: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ExportIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  start_import: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ImportIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  edit_labels: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EditBatch'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Receipt'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  review: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReviewIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Receipt'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  query_ids: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ViewSpec'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': number[];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  query_samples: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ViewSpec'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SamplePage'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_sample: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
        sample: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SampleOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_media: {
    parameters: {
      query?: never;
      header?: {
        range?: string | null;
        'if-none-match'?: string | null;
      };
      path: {
        dataset: string;
        sample: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_thumbnail: {
    parameters: {
      query?: never;
      header?: {
        'if-none-match'?: string | null;
      };
      path: {
        dataset: string;
        sample: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  run_sql: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SqlIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  dataset_stats: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Stats'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  undo: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UndoIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Receipt'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  list_versions: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['VersionOut'][];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  freeze_version: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        dataset: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['VersionCreate'];
      };
    };
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['VersionOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  events: {
    parameters: {
      query?: {
        since?: number | null;
      };
      header?: {
        'last-event-id'?: number | null;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  about: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LabInfo'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  list_models: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ModelOut'][];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  import_model: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ModelImport'];
      };
    };
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ModelOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_model: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        model: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ModelOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  delete_model: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        model: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  export_model: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        model: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ModelExport'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_weights: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        model: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  archive: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ArchiveIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  plan_erasure: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ErasurePlanIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErasurePlan'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  execute_erasure: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        plan: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ErasureExecute'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErasureCertificate'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  inventory: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Inventory'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  verify_certificate: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ErasureCertificate'];
      };
    };
    responses: {
      /** @description Successful Response */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  list_runs: {
    parameters: {
      query?: {
        dataset?: string | null;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'][];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  start_evaluation: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EvaluateIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  start_prediction: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PredictIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  start_training: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TrainIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_run: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        run: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunDetail'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  cancel_run: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        run: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  download: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        run: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  resume_run: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        run: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RunOut'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  get_settings: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Settings'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  put_settings: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Settings'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Settings'];
        };
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  create_upload: {
    parameters: {
      query?: never;
      header?: {
        'upload-length'?: number | null;
        'upload-metadata'?: string;
        'content-type'?: string | null;
        'tus-resumable'?: string | null;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  describe_uploads: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  cancel_upload: {
    parameters: {
      query?: never;
      header?: {
        'tus-resumable'?: string | null;
      };
      path: {
        upload: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  look_at_upload: {
    parameters: {
      query?: never;
      header?: {
        'tus-resumable'?: string | null;
      };
      path: {
        upload: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
  continue_upload: {
    parameters: {
      query?: never;
      header?: {
        'upload-offset'?: number | null;
        'content-type'?: string | null;
        'tus-resumable'?: string | null;
      };
      path: {
        upload: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Successful Response */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The disk is full */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
      /** @description Refused, as RFC 9457 problem details */
      '4XX': {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': {
            /** @description One line: what is wrong and what to do. */
            detail: string;
            status: number;
            title: string;
            type: string;
          };
        };
      };
    };
  };
}
