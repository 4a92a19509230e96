using System.Reflection;
using System.Reflection.Emit;

namespace OmniAudit.Tests.Architecture;

/// <summary>
/// The types that a type leans on: in its declaration, its members' signatures, its attributes, and in every instruction
/// of its methods. Constants and nameof leave no trace in an assembly and are not seen.
/// </summary>
internal sealed class TypeReferences
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Instructions =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    private readonly HashSet<Type> _found = [];

    private TypeReferences() { }

    /// <summary>Generic types by their definition. Nested types, closures and state machines among them, are types of their own.</summary>
    public static IReadOnlySet<Type> Of(Type type)
    {
        var references = new TypeReferences();
        references.AddDeclaration(type);
        return references._found;
    }

    private void AddDeclaration(Type type)
    {
        Add(type.BaseType);
        foreach (var contract in type.GetInterfaces()) Add(contract);
        AddParameters(type.IsGenericTypeDefinition ? type.GetGenericArguments() : []);
        AddAttributes(type.GetCustomAttributesData());
        foreach (var field in type.GetFields(Declared))
        {
            Add(field.FieldType);
            AddAttributes(field.GetCustomAttributesData());
        }
        foreach (var member in type.GetProperties(Declared).Concat<MemberInfo>(type.GetEvents(Declared))) AddAttributes(member.GetCustomAttributesData());
        foreach (var method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared))) AddMethod(method);
    }

    private void AddMethod(MethodBase method)
    {
        AddAttributes(method.GetCustomAttributesData());
        if (method is MethodInfo { ReturnType: var result }) Add(result);
        foreach (var parameter in method.GetParameters())
        {
            Add(parameter.ParameterType);
            AddAttributes(parameter.GetCustomAttributesData());
        }
        AddParameters(method.IsGenericMethodDefinition ? method.GetGenericArguments() : []);
        if (method.GetMethodBody() is not { } body) return;
        foreach (var local in body.LocalVariables) Add(local.LocalType);
        foreach (var clause in body.ExceptionHandlingClauses.Where(c => c.Flags == ExceptionHandlingClauseOptions.Clause)) Add(clause.CatchType);
        var ofType = method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var token in Tokens(body.GetILAsByteArray() ?? []))
        {
            switch (method.Module.ResolveMember(token, ofType, ofMethod))
            {
                case Type type: Add(type); break;
                case FieldInfo field:
                    Add(field.DeclaringType);
                    Add(field.FieldType);
                    break;
                case MethodBase called:
                    Add(called.DeclaringType);
                    foreach (var argument in called.IsGenericMethod ? called.GetGenericArguments() : []) Add(argument);
                    break;
            }
        }
    }

    /// <summary>The member tokens in a method's instructions (ECMA-335 III.1.2 and VI.C).</summary>
    private static IEnumerable<int> Tokens(byte[] il)
    {
        var at = 0;
        while (at < il.Length)
        {
            short value = il[at++];
            if (value == 0xFE) value = unchecked((short)(0xFE00 | il[at++]));
            var operand = Instructions[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType) yield return BitConverter.ToInt32(il, at);
            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private void AddParameters(Type[] genericParameters)
    {
        foreach (var constraint in genericParameters.SelectMany(p => p.GetGenericParameterConstraints())) Add(constraint);
    }

    private void AddAttributes(IEnumerable<CustomAttributeData> attributes)
    {
        foreach (var attribute in attributes)
        {
            Add(attribute.AttributeType);
            foreach (var argument in attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(a => a.TypedValue)))
            {
                Add(argument.ArgumentType);
                Add(argument.Value as Type);
            }
        }
    }

    private void Add(Type? type)
    {
        while (type is { HasElementType: true }) type = type.GetElementType();
        if (type is null || type.IsGenericParameter) return;
        if (type.IsConstructedGenericType)
        {
            foreach (var argument in type.GetGenericArguments()) Add(argument);
            type = type.GetGenericTypeDefinition();
        }
        _found.Add(type);
    }
}
