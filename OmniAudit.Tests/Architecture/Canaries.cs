#pragma warning disable CS0649 // The fields are here to be seen, not to hold anything.
using System.ComponentModel;
using OmniAudit.Tests.Architecture.Canaries.Below;

// Every way to lean on another type, in a folder that may not: each must be reported, or the boundary tests prove nothing.
namespace OmniAudit.Tests.Architecture.Canaries.Below
{
    internal class Forbidden
    {
        public static int Field;
        public static Forbidden Make() => new();
        public int Value { get; set; }
    }

    internal sealed class Forbidden<T>
    {
        public T? Value { get; set; }
    }

    internal sealed class ForbiddenException : Exception;

    internal interface IForbidden;

    internal enum ForbiddenEnum { One = 1 }

    [AttributeUsage(AttributeTargets.All)]
    internal sealed class ForbiddenAttribute : Attribute;
}

namespace OmniAudit.Tests.Architecture.Canaries.Above
{
    internal sealed class ByBaseType : Forbidden;

    internal sealed class ByInterface : IForbidden;

    internal sealed class ByField { public Forbidden? Held; }

    internal sealed class ByReturnType { public static Forbidden? Give() => null; }

    internal sealed class ByParameter { public static void Take(Forbidden[] given) => _ = given.Length; }

    internal sealed class ByGenericArgument { public static List<Dictionary<string, Forbidden>>? Give() => null; }

    internal sealed class ByConstraint<T> where T : Forbidden { public T? Held { get; set; } }

    internal sealed class ByMethodConstraint { public static string Name<T>() where T : Forbidden => typeof(T).Name; }

    [Forbidden]
    internal sealed class ByAttribute;

    internal sealed class ByAttributeArgument { [TypeConverter(typeof(Forbidden))] public int Value { get; set; } }

    internal sealed class ByConstruction { public static object Make() => new Forbidden(); }

    internal sealed class ByStaticCall { public static string Make() => Forbidden.Make().ToString()!; }

    internal sealed class ByStaticField { public static int Read() => Forbidden.Field; }

    internal sealed class ByTypeOf { public static string Name() => typeof(Forbidden).Name; }

    internal sealed class ByGenericCall { public static int Count() => Enumerable.Empty<Forbidden>().Count(); }

    internal sealed class ByGenericType { public static object Make() => new Forbidden<int>(); }

    internal sealed class ByCast { public static bool Is(object value) => value is Forbidden { Value: 3 }; }

    internal sealed class ByCatch
    {
        public static void Try(Action action)
        {
            try { action(); }
            catch (ForbiddenException) { GC.KeepAlive(action); }
        }
    }

    internal sealed class ByLambda { public static Func<object> Make(int seed) => () => seed > 0 ? new Forbidden() : seed; }

    internal sealed class ByIterator
    {
        public static IEnumerable<object> Each()
        {
            yield return 1;
            yield return new Forbidden();
        }
    }

    internal sealed class ByAsync
    {
        public static async Task<object> MakeAsync()
        {
            await Task.Yield();
            return new Forbidden();
        }
    }

    internal sealed class ByEnum { public static object Box() => ForbiddenEnum.One; }

    internal sealed class BySwitch
    {
        // The branch table before the use: a reader that takes its length wrong loses its place.
        public static object Choose(int value) => value switch { 0 => "a", 1 => "b", 2 => "c", 3 => "d", 4 => new Forbidden(), 5 => 5L, 6 => 6.5, _ => 7 };
    }

    internal sealed class ByRoot { public static string Name() => typeof(CompositionCanary).Name; }
}

namespace OmniAudit.Tests.Architecture.Canaries
{
    internal sealed class CompositionCanary { public static object Make() => new Above.ByConstruction(); }
}
