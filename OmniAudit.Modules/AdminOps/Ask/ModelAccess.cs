using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>Who may ask, and who may have a model asked.</summary>
internal sealed class ModelAccess(Database database, ModelClient model)
{
    /// <summary>Agents pass: their scope was judged before.</summary>
    /// <exception cref="IdentityRefusedException">The person may not even look.</exception>
    public async Task RequireAsync(Actor by, string doing, CancellationToken cancellationToken)
    {
        if (by.Kind == ActorKind.Person && await WhyNotAsync(by, Role.Viewer, doing, cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
    }

    /// <summary>Why no model is asked for them; null when one is. It costs, and it sends: operators may.</summary>
    public async Task<ModelReply?> WhyNotAsync(Actor by, CancellationToken cancellationToken)
    {
        if (model.WhyNot is { } off) return off;
        return by.Kind == ActorKind.Person && await WhyNotAsync(by, Role.Operator, "Asking the model", cancellationToken) is { } refused ? ModelReply.Failed(ModelFailure.NotAllowed, refused) : null;
    }

    /// <summary>What of a model's answer is not shown; null when all is.</summary>
    public static string? Missing(ModelStatements read) =>
        read.Dropped == 0 ? null : $"{read.Dropped} of the model's statements {(read.Dropped == 1 ? "is" : "are")} left out: {(read.Dropped == 1 ? "it cites" : "they cite")} no event, or one that the model was not given.";

    private Task<string?> WhyNotAsync(Actor by, Role need, string doing, CancellationToken cancellationToken) =>
        database.ReadAsync(db => OperatorDirectory.WhyNotAsync(db, by, need, doing, cancellationToken), cancellationToken);
}
