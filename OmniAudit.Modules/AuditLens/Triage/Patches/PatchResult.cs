namespace OmniAudit.Modules.AuditLens.Triage.Patches;

/// <summary>A patch with its proof, or why there is none. Exactly one of the two is set.</summary>
internal sealed record PatchResult(ProvenPatch? Patch, NoPatch? None)
{
    public static PatchResult Of(ProvenPatch patch) => new(patch, null);
    public static PatchResult No(string code, string reason) => new(null, new NoPatch(code, reason));
}

/// <summary>Why there is no patch.</summary>
/// <param name="Code">A stable word such as <c>overlap</c>.</param>
/// <param name="Reason">In words, as a sentence.</param>
internal sealed record NoPatch(string Code, string Reason);

/// <summary>A unified diff that was applied to the blob it names, and gave the bytes it names.</summary>
/// <param name="File">The path in the repository.</param>
/// <param name="Diff">Whole: what <c>git apply</c> takes.</param>
/// <param name="BlobSha">git's name of the bytes that it changes.</param>
/// <param name="PatchedSha">git's name of the bytes that it gives.</param>
/// <param name="Description">The tool's own word for the fix; may be empty.</param>
/// <param name="Notes">What was adapted, in sentences.</param>
internal sealed record ProvenPatch(string File, string Diff, string BlobSha, string PatchedSha, int Hunks, int Added, int Removed, string Description, IReadOnlyList<string> Notes);
