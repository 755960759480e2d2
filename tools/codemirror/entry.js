// What the review page uses of CodeMirror, and nothing else.
export {
  Annotation, ChangeSet, Compartment, EditorSelection, EditorState, Facet, RangeSet, RangeSetBuilder, RangeValue,
  StateEffect, StateField, Text, Transaction,
} from "@codemirror/state";
export {
  Decoration, EditorView, GutterMarker, ViewPlugin, WidgetType, drawSelection, gutter, highlightSpecialChars, keymap,
} from "@codemirror/view";
export { defaultKeymap, history, historyKeymap, isolateHistory, redo, undo } from "@codemirror/commands";
export {
  SearchCursor, SearchQuery, closeSearchPanel, findNext, findPrevious, getSearchQuery, openSearchPanel, search,
  searchKeymap, setSearchQuery,
} from "@codemirror/search";
