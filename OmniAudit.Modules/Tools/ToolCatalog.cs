using System.Collections.Frozen;
using System.Reflection;

namespace OmniAudit.Modules.Tools;

/// <summary>Every tool there is, in a fixed order. A class that implements ITool is in it by existing.</summary>
public sealed class ToolCatalog
{
    private readonly FrozenDictionary<string, CatalogTool> _byName;

    internal ToolCatalog(IEnumerable<CatalogTool> tools)
    {
        All = [.. tools.OrderBy(t => t.Name, StringComparer.Ordinal)];
        _byName = All.SelectMany(t => ((string[])[t.Name, .. t.FormerNames]).SelectMany(n => new[] { (n, t), (n.Replace('.', '_'), t) })).Distinct().ToFrozenDictionary(p => p.Item1, p => p.Item2, StringComparer.Ordinal);
    }

    /// <summary>Sorted by name, ordinal: the list is the same on every call.</summary>
    public IReadOnlyList<CatalogTool> All { get; }

    /// <summary>Finds a tool by its name or a former one, with the dot or with an underscore in its place.</summary>
    public CatalogTool? Find(string name) => _byName.GetValueOrDefault(name);

    internal static ToolCatalog FromAssemblies(params IEnumerable<Assembly> assemblies) => new(
        from assembly in assemblies
        from type in assembly.GetTypes()
        where type is { IsClass: true, IsAbstract: false }
        from contract in type.GetInterfaces()
        where contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ITool<,>)
        select (CatalogTool)Activator.CreateInstance(typeof(CatalogTool<,,>).MakeGenericType([type, .. contract.GetGenericArguments()]))!);
}
