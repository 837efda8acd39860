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
  '/api/rights/authorities': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Authorities
     * @description Where to complain, by jurisdiction.
     */
    get: operations['list_authorities'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/consents': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List Consents */
    get: operations['list_consents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/consents/{purpose}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Give Consent */
    put: operations['give_consent'];
    post?: never;
    /** Withdraw Consent */
    delete: operations['withdraw_consent'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/consents/{record}/receipt': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Consent Receipt
     * @description The receipt of a consent, as JSON-LD (ISO/IEC TS 27560).
     */
    get: operations['consent_receipt'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/email': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Email
     * @description The address, and what was or waits to be sent to it.
     */
    get: operations['get_email'];
    /** Set Email */
    put: operations['set_email'];
    post?: never;
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
    /**
     * List Erasures
     * @description All erasures, newest first.
     */
    get: operations['list_erasures'];
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
  '/api/rights/erasures/{erasure}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Erasure
     * @description How far it is; with the certificate at the end.
     */
    get: operations['get_erasure'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/erasures/{erasure}/act': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Destruction Act
     * @description The Russian act of destruction (order 179 of Roskomnadzor), made from the certificate.
     */
    get: operations['destruction_act'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/erasures/{erasure}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Retry Erasure
     * @description Go on with an erasure that something keeps from being certified.
     */
    post: operations['retry_erasure'];
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
     * @description Destroy it for good; answered when nobody can read it any more. The certificate follows.
     */
    post: operations['execute_erasure'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/forms': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Forms
     * @description Every form that asks for data: what for, what must be given, and what follows if it is not.
     */
    get: operations['list_forms'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/frozen/{dataset}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Freeze Dataset
     * @description Keep a dataset, and let nobody do anything else with it but its owner take it away or destroy it.
     */
    put: operations['freeze_dataset'];
    post?: never;
    /** Unfreeze Dataset */
    delete: operations['unfreeze_dataset'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get History
     * @description What happened, in plain words, and the signed head of the ledger.
     */
    get: operations['get_history'];
    put?: never;
    post?: never;
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
  '/api/rights/objections/{purpose}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Make Objection
     * @description Close a purpose at once, for a dataset or altogether.
     */
    put: operations['make_objection'];
    post?: never;
    /** Lift Objection */
    delete: operations['lift_objection'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/opt-out': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Opted Out
     * @description Whether sale and sharing were opted out of, by a click or by the browser's signal.
     */
    get: operations['opted_out'];
    /**
     * Opt Out
     * @description Neither sell nor share my data (CCPA).
     */
    put: operations['opt_out'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/policies': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Policies
     * @description All versions, oldest first.
     */
    get: operations['list_policies'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/policies/{policy}/changes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Policy Changes
     * @description What it changed against the version before it, as the lines of a unified diff; none for the first version.
     */
    get: operations['policy_changes'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/policies/{policy}/text': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Policy Text
     * @description The registered text, in this language or else in the one that decides.
     */
    get: operations['policy_text'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/privacy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get Privacy
     * @description Who answers for the data here, and how to reach him.
     */
    get: operations['get_privacy'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/processing': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Record Of Processing
     * @description The record of processing activities (GDPR Art. 30): purposes as CSV or DPV, or every place where anything is kept, as CSV.
     */
    get: operations['record_of_processing'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/purposes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Purposes
     * @description What data is used for, on which basis, and whether that is open now.
     */
    get: operations['list_purposes'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/requests': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Requests
     * @description All requests, newest first, with their clocks.
     */
    get: operations['list_requests'];
    put?: never;
    /** Make Request */
    post: operations['make_request'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/requests/{request}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get Request */
    get: operations['get_request'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/requests/{request}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cancel Request */
    post: operations['cancel_request'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/requests/{request}/reply': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Reply To Request
     * @description The answer in writing, with everything that the law wants it to say.
     */
    get: operations['reply_to_request'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/restore': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Restore
     * @description Bring an archive back in, as a run whose result is a RestoreReport.
     */
    post: operations['restore'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/rights/retention': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List Retention
     * @description How long what is kept, on which basis, and what happens then.
     */
    get: operations['list_retention'];
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
    /**
     * ConsentIn
     * @description How somebody says yes, or takes it back. ``sha256``: of the policy's text that was shown, if the caller knows it.
     */
    ConsentIn: {
      /** Evidence */
      evidence?: {
        [key: string]: unknown;
      };
      /** Expiry */
      expiry?: string | null;
      /**
       * Jurisdiction
       * @default
       */
      jurisdiction: string;
      /**
       * Language
       * @default en
       * @enum {string}
       */
      language: 'en' | 'ru' | 'zh';
      /**
       * Method
       * @default panel
       * @enum {string}
       */
      method:
        'panel' | 'python' | 'command line' | 'unsubscribe link' | 'address erased' | 'in writing';
      /** Sha256 */
      sha256?: string | null;
    };
    /**
     * ConsentRecord
     * @description The fields of ISO/IEC TS 27560:2023.
     */
    ConsentRecord: {
      /** Controller */
      controller: string;
      /** Evidence */
      evidence: {
        [key: string]: unknown;
      } | null;
      /** Expiry */
      expiry: string | null;
      /**
       * Given
       * Format: date-time
       */
      given: string;
      /** Id */
      id: string;
      /** Jurisdiction */
      jurisdiction: string;
      /**
       * Language
       * @enum {string}
       */
      language: 'en' | 'ru' | 'zh';
      /**
       * Method
       * @enum {string}
       */
      method:
        'panel' | 'python' | 'command line' | 'unsubscribe link' | 'address erased' | 'in writing';
      /** Notice */
      notice: string;
      /** Policy */
      policy: string;
      /** Purposes */
      purposes: (
        | 'store'
        | 'browse'
        | 'annotate'
        | 'train'
        | 'predict'
        | 'evaluate'
        | 'export'
        | 'access'
        | 'erase'
        | 'usage'
        | 'marketing'
        | 'service'
        | 'support'
      )[];
      /** Renews */
      renews: string | null;
      /** Schema Version */
      schema_version: string;
      /** Sha256 */
      sha256: string;
      /** Subject */
      subject: string;
      /** Withdrawn */
      withdrawn: string | null;
    };
    /**
     * Controller
     * @description Who decides about the data, and how to reach him.
     */
    Controller: {
      /**
       * Address
       * @default
       */
      address: string;
      /** Contact */
      contact: string;
      /** Name */
      name: string;
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
    /** EmailIn */
    EmailIn: {
      /** Address */
      address: string;
      /**
       * Language
       * @default en
       * @enum {string}
       */
      language: 'en' | 'ru' | 'zh';
    };
    /**
     * EmailOut
     * @description The address, if one was given, and the mail to it. ``server``: whether the operator set up mail at all.
     */
    EmailOut: {
      /** Address */
      address: string | null;
      /** Letters */
      letters: components['schemas']['Letter'][];
      /** Notices */
      notices: components['schemas']['Notice'][];
      /** Server */
      server: boolean;
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
       * @description The plan's hash, or its ``confirm_text`` as typed by the user.
       */
      confirm: string;
      /** Hash */
      hash: string;
    };
    /**
     * ErasureOut
     * @description How far an erasure is. From ``unreadable`` on nobody can read it; ``trouble`` says what keeps it from being certified.
     *
     *     ``destroyed``: ids of the datasets of which nothing stays.
     */
    ErasureOut: {
      certificate?: components['schemas']['ErasureCertificate'] | null;
      /**
       * Correction
       * @default false
       */
      correction: boolean;
      /** Dataset */
      dataset: string | null;
      /**
       * Destroyed
       * @default []
       */
      destroyed: string[];
      /** Id */
      id: string;
      /** Intended */
      intended: string;
      /** Message */
      message: string;
      /** Request */
      request: string | null;
      /**
       * Status
       * @enum {string}
       */
      status: 'fenced' | 'unreadable' | 'verifying' | 'certified';
      /**
       * Trouble
       * @default
       */
      trouble: string;
      /** Unreadable */
      unreadable: string | null;
      /**
       * What
       * @enum {string}
       */
      what: 'dataset' | 'samples' | 'class' | 'email' | 'account';
    };
    /**
     * ErasurePlan
     * @description What would go, what becomes of the models that saw it, what stays and why. Nothing is touched before it is confirmed.
     */
    ErasurePlan: {
      /** Bytes */
      bytes: number;
      /** Confirm Text */
      confirm_text: string;
      /**
       * Correction
       * @description Only a former name, text or address goes; another takes its place.
       * @default false
       */
      correction: boolean;
      /** Dataset */
      dataset: string | null;
      /**
       * Files
       * @default 0
       */
      files: number;
      /** Hash */
      hash: string;
      /** Id */
      id: string;
      /** Models */
      models: string[];
      /** Name */
      name: string;
      /**
       * Retrain
       * @description Those of the models that are trained anew without it.
       */
      retrain?: string[];
      /** Rows */
      rows: components['schemas']['InventoryRow'][];
      /** Runs */
      runs: string[];
      /**
       * Stale
       * @description What was made before a correction and still has the former value.
       */
      stale?: string[];
      /** Stays */
      stays?: string[];
      /**
       * What
       * @enum {string}
       */
      what: 'dataset' | 'samples' | 'class' | 'email' | 'account';
    };
    /**
     * ErasurePlanIn
     * @description What is to go. ``samples`` and ``class_name`` belong to ``dataset``; ``models``: what becomes of those that saw it.
     */
    ErasurePlanIn: {
      /**
       * Attribute
       * @description Only where it stands in this attribute of labels.
       */
      attribute?: string | null;
      /** Class Name */
      class_name?: string | null;
      /** Dataset */
      dataset?: string | null;
      /**
       * Models
       * @default delete
       * @enum {string}
       */
      models: 'delete' | 'retrain';
      /**
       * Request
       * @description The request that it answers.
       */
      request?: string | null;
      /** Samples */
      samples?: number[];
      /**
       * Text
       * @description What ``to`` corrects: this text, wherever it stands in labels of the dataset, class or samples. None: their name.
       */
      text?: string | null;
      /**
       * To
       * @description Only a name (of the dataset, class or sample), the text or the address goes: this takes its place.
       */
      to?: string | null;
      /**
       * What
       * @default dataset
       * @enum {string}
       */
      what: 'dataset' | 'samples' | 'class' | 'email' | 'account';
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
     * FormField
     * @description ``words``: why it is asked, and what follows if it is not given.
     */
    FormField: {
      /** Name */
      name: string;
      /** Required */
      required: boolean;
      words: components['schemas']['Words'];
    };
    /**
     * FormOut
     * @description A form in which somebody gives data; ``notices`` names the words that he reads, by language.
     */
    FormOut: {
      /** Fields */
      fields: components['schemas']['FormField'][];
      /** Form */
      form: string;
      /** Notices */
      notices: {
        [key: string]: string;
      };
      /**
       * Purpose
       * @enum {string}
       */
      purpose:
        | 'store'
        | 'browse'
        | 'annotate'
        | 'train'
        | 'predict'
        | 'evaluate'
        | 'export'
        | 'access'
        | 'erase'
        | 'usage'
        | 'marketing'
        | 'service'
        | 'support';
    };
    /**
     * History
     * @description What happened, newest first, and the signed head of the ledger that holds it.
     */
    History: {
      head: components['schemas']['TreeHead'];
      /** Lines */
      lines: components['schemas']['LedgerLine'][];
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
      /**
       * Made
       * @description The dataset was made for this import: if that is refused, it goes again.
       * @default false
       */
      made: boolean;
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
    /** LedgerLine */
    LedgerLine: {
      /**
       * At
       * Format: date-time
       */
      at: string;
      /** N */
      n: number;
      /** Text */
      text: string;
    };
    /**
     * Letter
     * @description ``waiting`` may say why; ``dropped`` and ``refused`` are final, like ``sent``.
     */
    Letter: {
      /** Id */
      id: string;
      /**
       * Queued
       * Format: date-time
       */
      queued: string;
      /**
       * Reason
       * @default
       */
      reason: string;
      /**
       * Status
       * @enum {string}
       */
      status: 'waiting' | 'sent' | 'dropped' | 'refused';
      /** Template */
      template: string;
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
    /**
     * Notice
     * @description What was told in the lab itself. Without text once the account's key is destroyed.
     */
    Notice: {
      /**
       * At
       * Format: date-time
       */
      at: string;
      /** Id */
      id: string;
      /** Template */
      template: string;
      /** Text */
      text: string | null;
      /** Title */
      title: string | null;
    };
    /**
     * OptOut
     * @description The answer to "do not sell or share my data" (CCPA; Global Privacy Control).
     */
    OptOut: {
      /** Opted Out */
      opted_out: boolean;
      /** Since */
      since: string | null;
      /** Text */
      text: string;
    };
    /**
     * PolicyOut
     * @description A version of a policy. ``authoritative`` is the language whose text decides; it may not be among ``texts``.
     */
    PolicyOut: {
      /**
       * Authoritative
       * @enum {string}
       */
      authoritative: 'en' | 'ru' | 'zh';
      /**
       * Effective
       * Format: date
       */
      effective: string;
      /** Id */
      id: string;
      /** Material */
      material: boolean;
      /** Product */
      product: string;
      /** Published */
      published?: string | null;
      /** Purposes */
      purposes: (
        | 'store'
        | 'browse'
        | 'annotate'
        | 'train'
        | 'predict'
        | 'evaluate'
        | 'export'
        | 'access'
        | 'erase'
        | 'usage'
        | 'marketing'
        | 'service'
        | 'support'
      )[];
      /** Texts */
      texts: {
        [key: string]: components['schemas']['PolicyText'];
      };
      /** Version */
      version: string;
    };
    /** PolicyText */
    PolicyText: {
      /** File */
      file: string;
      /** Sha256 */
      sha256: string;
      /**
       * Translator
       * @default
       */
      translator: string;
    };
    /** PolicyTextOut */
    PolicyTextOut: {
      /** Id */
      id: string;
      /**
       * Language
       * @enum {string}
       */
      language: 'en' | 'ru' | 'zh';
      /** Text */
      text: string;
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
     * Privacy
     * @description Who answers for the data here, his number in Roskomnadzor's register if he has one, and the policy in force.
     */
    Privacy: {
      controller: components['schemas']['Controller'];
      /** Policy */
      policy: string;
      /** Registration */
      registration: string;
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
    /**
     * PurposeState
     * @description A purpose as it stands: ``closed`` is the reason why it may not be used now; ``objections`` name datasets, None is all.
     */
    PurposeState: {
      /**
       * Basis
       * @enum {string}
       */
      basis: 'contract' | 'legitimate interest' | 'consent' | 'legal duty';
      /** Closed */
      closed: string | null;
      /** Consent */
      consent: ('never given' | 'given' | 'needs renewal' | 'expired' | 'withdrawn') | null;
      /** Data */
      data: string[];
      /** Dpv */
      dpv: string;
      /**
       * Needed
       * @default
       */
      needed: string;
      /** Notices */
      notices: {
        [key: string]: string;
      };
      /**
       * Objection
       * @enum {string}
       */
      objection: 'none' | 'closes' | 'absolute';
      /** Objections */
      objections: (string | null)[];
      /** Pd */
      pd: string[];
      /**
       * Purpose
       * @enum {string}
       */
      purpose:
        | 'store'
        | 'browse'
        | 'annotate'
        | 'train'
        | 'predict'
        | 'evaluate'
        | 'export'
        | 'access'
        | 'erase'
        | 'usage'
        | 'marketing'
        | 'service'
        | 'support';
      /** Recipients */
      recipients: string[];
      /** Retention */
      retention: string;
      /** Source */
      source: string;
      words: components['schemas']['Words'];
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
    /** RequestAnswer */
    RequestAnswer: {
      /**
       * At
       * Format: date-time
       */
      at: string;
      /** Basis */
      basis: string;
      /**
       * Done
       * @description How many items of each kind.
       */
      done: {
        [key: string]: number;
      };
      /** Kept */
      kept: components['schemas']['RequestKept'][];
      /**
       * Outcome
       * @enum {string}
       */
      outcome: 'done' | 'partly done' | 'denied' | 'cancelled';
      /** Recipients */
      recipients: string[];
      /** Remedies */
      remedies: string[];
    };
    /** RequestDeadline */
    RequestDeadline: {
      /**
       * Due
       * Format: date-time
       */
      due: string;
      /** Effect */
      effect: string;
      /** Extended */
      extended: boolean;
      /** Met */
      met: string | null;
      /** Paused */
      paused: boolean;
      /** Rule */
      rule: string;
      /** Source */
      source: string;
      /** Text */
      text: string;
    };
    /** RequestEvent */
    RequestEvent: {
      /**
       * At
       * Format: date-time
       */
      at: string;
      /** Text */
      text: string;
    };
    /** RequestIn */
    RequestIn: {
      /**
       * Freeze
       * @description Freeze the dataset until it is corrected or erased. To correct it by 152-FZ, or to freeze it, is always so.
       * @default false
       */
      freeze: boolean;
      /**
       * Key
       * Format: uuid
       * @description Made by the asker; the same key is the same request.
       */
      key: string;
      /**
       * Regimes
       * @description Whose law applies; all of them if that is not known.
       * @default []
       */
      regimes: ('gdpr' | 'ccpa' | 'ru152' | 'cn' | 'comexp')[];
      /**
       * Target
       * @description account, email, dataset:<id>, purpose:<name>
       * @default account
       */
      target: string;
      /**
       * Type
       * @enum {string}
       */
      type:
        | 'access'
        | 'portability'
        | 'rectification'
        | 'erasure'
        | 'restriction'
        | 'objection'
        | 'withdrawal'
        | 'opt_out'
        | 'know'
        | 'complaint';
      /**
       * Words
       * @description What the person wrote: contact, old and new values. Kept sealed.
       * @default {}
       */
      words: {
        [key: string]: string;
      };
    };
    /**
     * RequestKept
     * @description What was not done, why, and until when.
     */
    RequestKept: {
      /**
       * Basis
       * @description The law that demands it, as cited.
       */
      basis: string;
      /** Items */
      items: number;
      /** Kind */
      kind: string;
      /** Until */
      until: string | null;
    };
    /**
     * RequestOut
     * @description ``words`` is what the person wrote, as long as its key exists.
     */
    RequestOut: {
      answer: components['schemas']['RequestAnswer'] | null;
      /** Certificate */
      certificate: string;
      /** Deadlines */
      deadlines: components['schemas']['RequestDeadline'][];
      /** Frozen */
      frozen: boolean;
      /** Id */
      id: string;
      /** Log */
      log: components['schemas']['RequestEvent'][];
      /** Next */
      next: string;
      /** Plan */
      plan: string;
      /**
       * Received
       * Format: date-time
       */
      received: string;
      /** Regimes */
      regimes: ('gdpr' | 'ccpa' | 'ru152' | 'cn' | 'comexp')[];
      /**
       * State
       * @enum {string}
       */
      state:
        | 'received'
        | 'identity asked'
        | 'identity failed'
        | 'verified'
        | 'planned'
        | 'partial'
        | 'denied'
        | 'building'
        | 'ready'
        | 'fenced'
        | 'applied'
        | 'rewritten'
        | 'unreadable'
        | 'verifying'
        | 'certified'
        | 'closed'
        | 'cancelled';
      /** Target */
      target: string;
      /**
       * Type
       * @enum {string}
       */
      type:
        | 'access'
        | 'portability'
        | 'rectification'
        | 'erasure'
        | 'restriction'
        | 'objection'
        | 'withdrawal'
        | 'opt_out'
        | 'know'
        | 'complaint';
      /** Words */
      words: {
        [key: string]: string;
      } | null;
    };
    /**
     * RestoreIn
     * @description An archive to bring back in: a finished upload or (over the unix socket only) a path.
     */
    RestoreIn: {
      /** Path */
      path?: string | null;
      /**
       * Rename
       * @description Other names for datasets whose names are taken: old name to new.
       */
      rename?: {
        [key: string]: string;
      };
      /** Upload */
      upload?: string | null;
    };
    /**
     * RetentionRow
     * @description How long a kind of data is kept from ``start`` on, and what happens then: it is destroyed, its personal part is, or it stays.
     */
    RetentionRow: {
      /**
       * Action
       * @enum {string}
       */
      action: 'destroy' | 'forget' | 'keep';
      /** Amount */
      amount?: number | null;
      /**
       * Basis
       * @enum {string}
       */
      basis: 'contract' | 'legitimate interest' | 'consent' | 'legal duty';
      /** Kind */
      kind: string;
      /**
       * Setting
       * @description What an operator may set to change the term.
       * @default
       */
      setting: string;
      /** Source */
      source: string;
      /** Start */
      start: string;
      /** Unit */
      unit?: ('minute' | 'day' | 'month' | 'year') | null;
      words: components['schemas']['Words'];
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
    /**
     * TreeHead
     * @description The signed state of the ledger: how many entries, the root of the Merkle tree over them (RFC 9162), when.
     */
    TreeHead: {
      /** At */
      at: string;
      /** Public Key */
      public_key: string;
      /** Root */
      root: string;
      /** Signature */
      signature: string;
      /** Size */
      size: number;
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
    /** Words */
    Words: {
      /** En */
      en: string;
      /** Ru */
      ru: string;
      /** Zh */
      zh: string;
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
  list_authorities: {
    parameters: {
      query?: {
        language?: 'en' | 'ru' | 'zh';
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
          'application/json': string[];
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
  list_consents: {
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
          'application/json': components['schemas']['ConsentRecord'][];
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
  give_consent: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        purpose:
          | 'store'
          | 'browse'
          | 'annotate'
          | 'train'
          | 'predict'
          | 'evaluate'
          | 'export'
          | 'access'
          | 'erase'
          | 'usage'
          | 'marketing'
          | 'service'
          | 'support';
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConsentIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConsentRecord'];
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
  withdraw_consent: {
    parameters: {
      query?: {
        method?:
          | 'panel'
          | 'python'
          | 'command line'
          | 'unsubscribe link'
          | 'address erased'
          | 'in writing';
      };
      header?: never;
      path: {
        purpose:
          | 'store'
          | 'browse'
          | 'annotate'
          | 'train'
          | 'predict'
          | 'evaluate'
          | 'export'
          | 'access'
          | 'erase'
          | 'usage'
          | 'marketing'
          | 'service'
          | 'support';
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
  consent_receipt: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        record: string;
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
  get_email: {
    parameters: {
      query?: {
        language?: 'en' | 'ru' | 'zh';
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
          'application/json': components['schemas']['EmailOut'];
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
  set_email: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EmailIn'];
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
  list_erasures: {
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
          'application/json': components['schemas']['ErasureOut'][];
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
  get_erasure: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        erasure: string;
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
          'application/json': components['schemas']['ErasureOut'];
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
  destruction_act: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        erasure: string;
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
  retry_erasure: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        erasure: string;
      };
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
          'application/json': components['schemas']['ErasureOut'];
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
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErasureOut'];
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
  list_forms: {
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
          'application/json': components['schemas']['FormOut'][];
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
  freeze_dataset: {
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
          'application/json': components['schemas']['RequestOut'];
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
  unfreeze_dataset: {
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
  get_history: {
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
          'application/json': components['schemas']['History'];
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
  make_objection: {
    parameters: {
      query?: {
        dataset?: string | null;
      };
      header?: never;
      path: {
        purpose:
          | 'store'
          | 'browse'
          | 'annotate'
          | 'train'
          | 'predict'
          | 'evaluate'
          | 'export'
          | 'access'
          | 'erase'
          | 'usage'
          | 'marketing'
          | 'service'
          | 'support';
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
          'application/json': components['schemas']['RequestOut'];
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
  lift_objection: {
    parameters: {
      query?: {
        dataset?: string | null;
      };
      header?: never;
      path: {
        purpose:
          | 'store'
          | 'browse'
          | 'annotate'
          | 'train'
          | 'predict'
          | 'evaluate'
          | 'export'
          | 'access'
          | 'erase'
          | 'usage'
          | 'marketing'
          | 'service'
          | 'support';
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
  opted_out: {
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
          'application/json': components['schemas']['OptOut'];
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
  opt_out: {
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
          'application/json': components['schemas']['RequestOut'];
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
  list_policies: {
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
          'application/json': components['schemas']['PolicyOut'][];
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
  policy_changes: {
    parameters: {
      query?: {
        language?: 'en' | 'ru' | 'zh';
      };
      header?: never;
      path: {
        policy: string;
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
          'application/json': string[];
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
  policy_text: {
    parameters: {
      query?: {
        language?: 'en' | 'ru' | 'zh';
      };
      header?: never;
      path: {
        policy: string;
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
          'application/json': components['schemas']['PolicyTextOut'];
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
  get_privacy: {
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
          'application/json': components['schemas']['Privacy'];
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
  record_of_processing: {
    parameters: {
      query?: {
        kind?: 'csv' | 'jsonld' | 'places';
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
  list_purposes: {
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
          'application/json': components['schemas']['PurposeState'][];
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
  list_requests: {
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
          'application/json': components['schemas']['RequestOut'][];
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
  make_request: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RequestIn'];
      };
    };
    responses: {
      /** @description Successful Response */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RequestOut'];
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
  get_request: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        request: string;
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
          'application/json': components['schemas']['RequestOut'];
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
  cancel_request: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        request: string;
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
          'application/json': components['schemas']['RequestOut'];
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
  reply_to_request: {
    parameters: {
      query?: {
        language?: 'en' | 'ru' | 'zh';
      };
      header?: never;
      path: {
        request: string;
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
  restore: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RestoreIn'];
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
  list_retention: {
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
          'application/json': components['schemas']['RetentionRow'][];
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
