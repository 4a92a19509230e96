namespace OmniAudit.Modules.Receipts;

/// <summary>The three ways a verification can end.</summary>
public enum Verdict
{
    /// <summary>Everything that was to be checked was checked, and holds.</summary>
    Valid = 1,
    /// <summary>Something was changed, or is not what it claims to be.</summary>
    Invalid = 2,
    /// <summary>Nothing speaks against it, but a part needed for the check is missing or cannot be read.</summary>
    Incomplete = 3,
}

/// <summary>What a verification found.</summary>
/// <param name="Verdict">Valid, invalid or incomplete.</param>
/// <param name="Reason">
/// A stable word. Valid: <c>ok</c>. A receipt is invalid by <c>malformed_proof</c>, <c>malformed_checkpoint</c>,
/// <c>unknown_key</c>, <c>key_retired</c>, <c>key_list_wrong</c>, <c>signature_invalid</c>, <c>origin_mismatch</c>, <c>index_out_of_range</c>,
/// <c>receipt_not_json</c>, <c>receipt_not_canonical</c>, <c>root_mismatch</c>; a log also by <c>receipt_missing</c>,
/// <c>receipt_malformed</c>, <c>leaf_mismatch</c>, <c>node_missing</c>, <c>node_mismatch</c>, <c>columns_differ</c>,
/// <c>chain_broken</c>, <c>handover_wrong</c>, <c>checkpoint_missing</c>, <c>receipts_unlogged</c>, <c>database_older</c>,
/// <c>published_differs</c>; a bundle also by <c>bundle_damaged</c>, <c>bundle_too_large</c>, <c>bundle_ambiguous</c>,
/// <c>bundle_unexpected_file</c>, <c>index_mismatch</c>, <c>checkpoint_differs</c>, <c>chain_broken</c>; a release's statement by <c>malformed_statement</c>, <c>signature_invalid</c>, <c>unknown_key</c>, <c>file_differs</c>. Incomplete: <c>receipt_missing</c>, <c>proof_missing</c>, <c>key_missing</c>,
/// <c>key_malformed</c>, <c>algorithm_unsupported</c>, <c>log_missing</c>, <c>log_unreadable</c>,
/// <c>statement_missing</c>, <c>file_missing</c>, <c>published_missing</c>, <c>bundle_missing</c>, <c>bundle_cut_off</c>, <c>checkpoint_missing</c>.
/// </param>
/// <param name="Message">For people: what was checked, or what is wrong.</param>
/// <param name="Index">The place in the log that the result is about, if there is one.</param>
/// <param name="Size">The number of receipts that the checkpoint covers, once it was read.</param>
/// <param name="Origin">The log's name, once its signature was found good.</param>
public sealed record VerificationResult(Verdict Verdict, string Reason, string Message, ulong? Index = null, ulong? Size = null, string? Origin = null)
{
    internal static VerificationResult Invalid(string reason, string message, ulong? index = null) => new(Verdict.Invalid, reason, message, index);
    internal static VerificationResult Incomplete(string reason, string message) => new(Verdict.Incomplete, reason, message);
}
