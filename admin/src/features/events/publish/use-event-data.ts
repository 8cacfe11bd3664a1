import { useState } from 'react';
import { parseObject, type JsonObject, type ParsedObject } from '../../../lib/json-object.ts';

type DataMode = 'form' | 'json';

export interface EventDataInput {
  readonly mode: DataMode;
  /** The values of the form. */
  readonly formData: JsonObject;
  /** The text of the JSON editor. */
  readonly json: string;
  /** The data to publish, from whichever input is active. */
  readonly parsed: ParsedObject;
  readonly setFormData: (data: JsonObject) => void;
  readonly setJson: (text: string) => void;
  /** Switches the input and takes over its data. Invalid JSON leaves the form as it was. */
  readonly setMode: (mode: DataMode) => void;
}

/** The data of an event, edited in a form or as JSON. */
export function useEventData(initial: JsonObject, firstMode: DataMode): EventDataInput {
  const [mode, setMode] = useState(firstMode);
  const [formData, setFormData] = useState(initial);
  const [json, setJson] = useState(firstMode === 'json' ? toText(initial) : '');
  const parsed = mode === 'json' ? parseObject(json) : { data: formData };
  return {
    mode,
    formData,
    json,
    parsed,
    setFormData,
    setJson,
    setMode: (next) => {
      if (next === 'json') setJson(toText(formData));
      else if (parsed.data !== undefined) setFormData(parsed.data);
      setMode(next);
    },
  };
}

function toText(data: JsonObject): string {
  return JSON.stringify(data, null, 2);
}
