namespace OmniAudit.Modules.Receipts;

/// <summary>
/// The receipt log cannot be continued honestly, so nothing is signed any more and no write can run. The message says
/// what was found and what to do. Reading and verifying still work.
/// </summary>
/// <param name="reason">
/// A stable word: <c>database_older</c> (an old copy of the database was restored), <c>database_inconsistent</c>,
/// <c>database_damaged</c>, <c>checkpoint_missing</c>, <c>checkpoint_unreadable</c>, <c>checkpoint_foreign</c>,
/// <c>origin_changed</c>, <c>key_changed</c>, <c>key_unusable</c>.
/// </param>
/// <param name="message">For the operator.</param>
public sealed class LogRefusedException(string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable word for programs and pages.</summary>
    public string Reason { get; } = reason;
}
