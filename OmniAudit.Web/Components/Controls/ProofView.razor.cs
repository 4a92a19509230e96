using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A proof drawn: from the leaf, with a sibling at each step, up to the root that is signed. js/verify-receipt.js marks the parts it has checked.</summary>
public sealed partial class ProofView
{
    [Parameter, EditorRequired] public ProofPath Path { get; set; } = null!;

    private static string Range(ulong first, ulong last) => first == last ? $"receipt {first}" : $"receipts {first}–{last}";
}
